import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openAdapter } from '../../../transforms/adapter/open.ts';
import { inFolder, never, type Place, placeOf, targets } from '../adapter/target.ts';
import type { KillTask } from './kill-child.ts';
import { type Scenario, scenarios } from './scenario.ts';

const program = fileURLToPath(new URL('kill-child.ts', import.meta.url));

/** Runs a build up to a step and kills it there. Gives the step's name; undefined: it had ended before. */
async function killedAt(task: KillTask): Promise<string | undefined> {
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const said = once(child.stdout!, 'data').then(([data]) => String(data).trim());
  const step = await Promise.race([said, ended.then(() => undefined)]);
  child.kill('SIGKILL');
  const [code] = await ended;
  assert.ok(step !== undefined || code === 0, `the build failed with ${code}`);
  return step;
}

/** None where there is no `m`. */
async function rowsOf(place: Place, { columns = 'id, v' }: Scenario): Promise<readonly string[]> {
  const [there] = await place.session.standing([place.name('m')]);
  if (there === undefined) return [];
  return await place.rows(`SELECT ${columns} FROM ${place.sql('m')} ORDER BY id, v`);
}

for (const type of targets) {
  describe(`killing builds on ${type}`, { concurrency: 2 }, () => {
    for (const [name, scenario] of Object.entries(scenarios)) {
      it(`${name}: before each step; readers see the old rows or the new ones, and the next run is whole`, () =>
        inFolder(type, async (fields, path) => {
          /** With a connection of its own: a DuckDB file is one process's. */
          const inOne = async (work: (place: Place) => Promise<void>) => {
            await using adapter = await openAdapter(fields, { root: '/', emit: () => {}, signal: never });
            await using session = await adapter.session(never);
            await work(placeOf(adapter, session, fields));
          };
          const steps: string[] = [];
          for (let stopAt = 0; ; stopAt++) {
            await inOne(async (place) => {
              const [there] = await place.session.standing([place.name('m')]);
              if (there !== undefined) await place.session.dropRelation(there);
              await scenario.prepare(place);
            });
            const step = await killedAt({ type, schema: fields.schema, path, scenario: name, stopAt });
            await inOne(async (place) => {
              const seen = await rowsOf(place, scenario);
              const old = step !== undefined && JSON.stringify(seen) === JSON.stringify(scenario.before);
              if (!old) assert.deepEqual(seen, scenario.after, `before ${step}`);
              await scenario.build(place, {});
              const again = scenario.again?.(seen) ?? scenario.after;
              assert.deepEqual(await rowsOf(place, scenario), again, `again after ${step}`);
            });
            if (step === undefined) break;
            steps.push(step);
          }
          assert.ok(steps.length >= (type === 'duckdb' ? 2 : (scenario.steps ?? 4)), steps.join());
        }));
    }
  });
}
