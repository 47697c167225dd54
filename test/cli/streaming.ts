import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { root } from './command-line.ts';

/** `millrace stream` with its events as they come. */
export function stream(cwd: string, words: readonly string[]) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(root, 'cli/bin.js'), 'stream', ...words, '--json'], {
    cwd,
    env: { PATH, HOME, XDG_STATE_HOME: join(cwd, 'xdg-state') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: RunEvent[] = [];
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    events.push(JSON.parse(line) as RunEvent);
    lines.emit('told');
  });
  const gone = once(child, 'exit').then(([code]) => {
    lines.emit('told');
    return code as number | null;
  });
  return {
    events,
    gone,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Resolves at such an event behind the first `from`. */
    async until(test: (event: RunEvent) => boolean, from = 0): Promise<RunEvent> {
      for (;;) {
        const found = events.slice(from).find(test);
        if (found !== undefined) return found;
        assert.equal(child.exitCode, null, `it ended: ${JSON.stringify(events.at(-1))}`);
        await once(lines, 'told');
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
