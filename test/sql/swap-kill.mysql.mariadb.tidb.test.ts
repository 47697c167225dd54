import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inDatabase, servers } from './schema-server.ts';

const program = fileURLToPath(new URL('swap-child.ts', import.meta.url));

/** Runs one generation, killed `afterMs` after it began; undefined: to its end. Gives the exit code, null when killed, and how long it worked. */
async function runGeneration(
  args: readonly string[],
  afterMs: number | undefined,
): Promise<{ code: number | null; ms: number }> {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await Promise.race([once(child.stdout!, 'data'), ended]);
  const began = performance.now();
  if (afterMs !== undefined) {
    await setTimeout(afterMs);
    child.kill('SIGKILL');
  }
  const [code] = await ended;
  return { code, ms: performance.now() - began };
}

for (const dialect of servers) {
  describe(`killing a full read on ${dialect}`, () => {
    it('at any moment leaves the old rows or the new ones, and the next run goes on', async () => {
      await inDatabase(dialect, async (database, run) => {
        await run(`CREATE TABLE ${database}.phases (g INT PRIMARY KEY, phase VARCHAR(9))`);
        const first = await runGeneration([dialect, database, '1'], undefined);
        assert.equal(first.code, 0);
        const look = async () =>
          (await run(`SELECT COUNT(*), MIN(g), MAX(g) FROM ${database}.t`)).flat().map(String).join('/');
        let kills = 0;
        // A killed run goes at some part of what a whole one takes; those that were quicker than that are made up for.
        let whole = first.ms;
        for (let generation = 2; generation <= 7 || (kills < 3 && generation <= 20); generation++) {
          const args = [dialect, database, String(generation)];
          const { code } = await runGeneration(args, (((generation - 2) % 6) * whole) / 7);
          if (code === null) kills++;
          const old = `2/${generation - 1}/${generation - 1}`;
          const fresh = `2/${generation}/${generation}`;
          assert.ok([old, fresh].includes(await look()), await look());
          const rest = await runGeneration(args, undefined);
          assert.equal(rest.code, 0);
          // After an early kill the rest is nearly a whole run.
          if (generation === 2) whole = rest.ms;
          assert.equal(await look(), fresh);
        }
        assert.ok(kills >= 3, `only ${kills} were killed before their end`);
        const left = (await run(`SHOW TABLES FROM ${database}`)).flat().map(String);
        assert.equal(left.length, dialect === 'tidb' ? 3 : 2, left.join());
      });
    });
  });
}
