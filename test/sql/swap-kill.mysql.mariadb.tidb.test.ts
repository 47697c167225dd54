import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inDatabase, servers } from './schema-server.ts';

const program = fileURLToPath(new URL('swap-child.ts', import.meta.url));

/** Runs one generation, killed `afterMs` after it began; undefined: to its end. Gives the exit code, null when killed. */
async function runGeneration(args: readonly string[], afterMs: number | undefined): Promise<number | null> {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  if (afterMs !== undefined) {
    await Promise.race([once(child.stdout!, 'data'), ended]);
    await setTimeout(afterMs);
    child.kill('SIGKILL');
  }
  return (await ended)[0];
}

for (const dialect of servers) {
  describe(`killing a full read on ${dialect}`, () => {
    it('at any moment leaves the old rows or the new ones, and the next run goes on', async () => {
      await inDatabase(dialect, async (database, run) => {
        await run(`CREATE TABLE ${database}.phases (g INT PRIMARY KEY, phase VARCHAR(9))`);
        assert.equal(await runGeneration([dialect, database, '1'], undefined), 0);
        const look = async () =>
          (await run(`SELECT COUNT(*), MIN(g), MAX(g) FROM ${database}.t`)).flat().map(String).join('/');
        let kills = 0;
        const whole = dialect === 'tidb' ? 400 : 120;
        for (let generation = 2; generation <= 7; generation++) {
          const args = [dialect, database, String(generation)];
          const code = await runGeneration(args, ((generation - 1) * whole) / 7);
          if (code === null) kills++;
          const old = `2/${generation - 1}/${generation - 1}`;
          const fresh = `2/${generation}/${generation}`;
          assert.ok([old, fresh].includes(await look()), await look());
          assert.equal(await runGeneration(args, undefined), 0);
          assert.equal(await look(), fresh);
        }
        assert.ok(kills >= 3, `only ${kills} were killed before their end`);
        const left = (await run(`SHOW TABLES FROM ${database}`)).flat().map(String);
        assert.equal(left.length, dialect === 'tidb' ? 3 : 2, left.join());
      });
    });
  });
}
