import { EXIT, type ExitCode } from './exit.ts';

/** After the second signal the process ends by itself; if something hangs it is ended after this. */
const LAST_RESORT_MS = 5000;

/** Two steps of stopping: the first signal drains, the second aborts. */
export interface Stopping extends Disposable {
  readonly drain: AbortSignal;
  readonly abort: AbortSignal;
  /** The exit code of the first signal that came; undefined: none. */
  exit(): ExitCode | undefined;
}

/** Listens for SIGINT and SIGTERM until disposed. `told` is called with what the first signal does. */
export function stopOnSignals(told: (line: string) => void): Stopping {
  const [drain, abort] = [new AbortController(), new AbortController()];
  let exit: ExitCode | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (exit === undefined) {
      exit = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
      told('stopping at the next commit; once more to stop at once');
      drain.abort();
      return;
    }
    abort.abort();
    const code = exit;
    setTimeout(() => process.exit(code), LAST_RESORT_MS).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    drain: drain.signal,
    abort: abort.signal,
    exit: () => exit,
    [Symbol.dispose]: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
