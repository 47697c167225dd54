import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunEvent, RunFinished } from '../../connectors/contract/index.ts';
import type { ChildTask } from './child.ts';

const script = fileURLToPath(new URL('child.ts', import.meta.url));

/** A sync in a process of its own, which ends with the object. */
export interface Runner extends AsyncDisposable {
  readonly events: readonly RunEvent[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves when such an event has come; rejects when the process ends without it. */
  until(test: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Resolves when the process is gone: with its exit code, or the signal that ended it. */
  readonly gone: Promise<number | NodeJS.Signals>;
  /** The terminal event, after the end. */
  finished(): RunFinished | undefined;
}

export function startRunner(task: ChildTask): Runner {
  const child = spawn(process.execPath, [script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const events: RunEvent[] = [];
  const watchers = new Set<(event: RunEvent) => void>();
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    const event = JSON.parse(line) as RunEvent;
    events.push(event);
    for (const watch of watchers) watch(event);
  });
  const gone = ended(child);
  return {
    events,
    gone,
    kill: (signal) => child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    finished: () => events.find((event): event is RunFinished => event.event === 'finished'),
    until: (test) => {
      const seen = events.find(test);
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve, reject) => {
        const watch = (event: RunEvent) => {
          if (!test(event)) return;
          watchers.delete(watch);
          resolve(event);
        };
        watchers.add(watch);
        void gone.then((how) =>
          reject(new Error(`the runner ended (${how}) before that: ${JSON.stringify(events.at(-1))}`)),
        );
      });
    },
  };
}

async function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  await once(child, 'close');
  return child.signalCode ?? child.exitCode ?? 0;
}
