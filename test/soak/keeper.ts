import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, errorCodes } from '../../connectors/contract/codes.ts';
import type { RunEvent } from '../../connectors/contract/index.ts';
import type { Manner } from './project.ts';
import { type Ended, heldBy, type Runner, startMillrace } from './runner.ts';

/** What a run may end by while others run beside it and servers go away, though no later attempt of the same run would mend it. */
const EXPECTED: ReadonlySet<string> = new Set<ErrorCode>([
  // Two runners at once: one of them is overtaken, or a DuckDB file has its one process.
  'lane.fenced',
  'file.locked',
  // A flow that begins before the one in front of it has made its tables or topics.
  'source.stream-missing',
]);

/** Why a process should not have ended as it did; undefined: it may, where processes and servers are killed. */
export function fault({ words, how, finished, said }: Ended): string | undefined {
  const what = words.join(' ');
  if (typeof how === 'string') return undefined;
  const error = finished?.error;
  if (error === undefined)
    return how === 0 || how === 143 || how === 130 ? undefined : `${what} ended with ${how}: ${said}`;
  const known = Object.hasOwn(errorCodes, error.code) ? errorCodes[error.code as ErrorCode] : undefined;
  const passes =
    EXPECTED.has(error.code) || (known !== undefined && known.retry !== 'never' && known.retry !== 'shrink');
  return passes ? undefined : `${what}: ${JSON.stringify(error)}`;
}

function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}

/** A commit may be waited for, and servers that are on their way back. */
const END_MS = 90_000;
/** Between two runs of a flow. */
const PAUSE_MS = 300;

/** Keeps a flow going: whenever its process has ended, another is started. */
export class Keeper {
  readonly name: string;
  readonly #folder: string;
  readonly #manner: Manner;
  readonly #running = new Set<Runner>();
  readonly #stop = new AbortController();
  readonly #onFault: (what: string) => void;
  readonly #work: Promise<void>;
  /** How runs ended, e.g. `ok`, `SIGKILL`, `db.unreachable`, and how often. */
  readonly endings = new Map<string, number>();
  /** Commits with rows, over all runs. */
  commits = 0;
  rows = 0;
  /** When the log was committed first, in milliseconds since 1970: the copy was over by then. */
  copiedBy: number | undefined;

  /** @param onFault told of an end that should not have been */
  constructor(name: string, manner: Manner, folder: string, onFault: (what: string) => void) {
    this.name = name;
    this.#manner = manner;
    this.#folder = folder;
    this.#onFault = onFault;
    this.#work = this.#keep();
  }

  /** A process of the flow that runs now. */
  get running(): Runner | undefined {
    return [...this.#running].at(-1);
  }

  /** Resolves when a process of it has begun to work, or nobody waits any more. */
  async begun(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const runner = this.running;
      if (runner === undefined) await sleep(PAUSE_MS / 3);
      else if (await Promise.race([runner.began, aborted(stop)])) return;
    }
  }

  /** Starts another process beside the one that runs, and waits for its end. */
  async beside(ms: number): Promise<void> {
    const other = this.#start();
    const over = new AbortController();
    await Promise.race([other.gone, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
    other.child.kill('SIGKILL');
    await other.gone;
  }

  /** Ends every process of it, by a signal that lets them commit, and starts no more. One that does not end is a fault. */
  async end(): Promise<void> {
    this.#stop.abort();
    const running = [...this.#running];
    for (const { child } of running) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
    }
    const late = setTimeout(() => void this.#endLate(), END_MS);
    await this.#work;
    clearTimeout(late);
  }

  async #endLate(): Promise<void> {
    for (const runner of this.#running) {
      const held = await heldBy(runner, this.#folder).catch((thrown: unknown) => `${thrown}`);
      this.#onFault(`${this.name} did not end within ${END_MS / 1000} s of SIGTERM: ${held}`);
      runner.child.kill('SIGKILL');
    }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const ended = await this.#start().gone;
      const why = fault(ended);
      if (why !== undefined) this.#onFault(why);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #start(): Runner {
    const runner = startMillrace(this.#folder, [this.#manner, this.name], (event) => this.#see(event));
    this.#running.add(runner);
    void runner.gone.then(({ how, finished }) => {
      this.#running.delete(runner);
      const ending = finished?.error?.code ?? finished?.status ?? `${how}`;
      this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    });
    return runner;
  }

  #see(event: RunEvent): void {
    if (event.event !== 'committed' || event.counts.read === 0) return;
    if (event.lane === 'binlog') this.copiedBy ??= Date.now();
    this.commits += 1;
    this.rows += event.counts.read;
  }
}
