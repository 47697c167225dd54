import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Destination } from '../../connectors/contract/index.ts';
import { withPair } from '../pairs/matrix.ts';
import { rowsOf, type TestDatabase } from '../pipeline.ts';
import { overriding } from '../sides.ts';
import { changeUntil, WORKLOAD_TABLES } from './workload.ts';

const STATE = (row: string) => `CONCAT_WS('|', ${row}id, ${row}u, ${row}v, COALESCE(${row}w, '~'))`;

/** Every state that a row of `a` ever had, told by the source itself. */
const RECORDED = [
  'CREATE TABLE states (state VARCHAR(200)) COLLATE utf8mb4_bin',
  `CREATE TRIGGER made AFTER INSERT ON a FOR EACH ROW INSERT INTO states VALUES (${STATE('NEW.')})`,
  `CREATE TRIGGER changed AFTER UPDATE ON a FOR EACH ROW INSERT INTO states VALUES (${STATE('NEW.')})`,
];

async function statesOf(database: TestDatabase, sql: string): Promise<string[]> {
  return (await database.run(sql)).map(([state]) => String(state));
}

/** Looks at the target again and again: each look sees what one commit left. */
async function watch(target: TestDatabase, stop: AbortSignal): Promise<{ states: Set<string>; looks: number }> {
  await using session = await target.session();
  const states = new Set<string>();
  let looks = 0;
  for (; !stop.aborted; looks++) {
    for (const state of await statesOf(session, `SELECT ${STATE('')} FROM a`)) states.add(state);
    await pause(20);
  }
  return { states, looks };
}

/** Commits at few rows, so that there are many states to look at. */
function often() {
  return {
    sides: {
      destination: (destination: Destination) =>
        overriding(destination, { can: { ...destination.can, commitRows: 20 } }),
    },
  };
}

it('invariant 6: under writers of all kinds, each commit of the target is a state that the source had, key by key', () =>
  withPair('mysql', 'tidb', async (pair) => {
    const config = { read: 'cdc', streams: ['a', 'b'].map((table) => `${pair.source.name}.${table}`) } as const;
    await pair.source.run(...WORKLOAD_TABLES, ...RECORDED);
    await using first = await pair.source.session();
    await changeUntil(first, AbortSignal.timeout(500), 3);
    await pair.sync(config);
    const stop = new AbortController();
    const watching = watch(pair.target, stop.signal);
    const drain = new AbortController();
    const running = pair.attempt(config, { ...often(), follow: true, drain: drain.signal });
    const writers = [31, 32].map(async (seed) => {
      await using own = await pair.source.session();
      return await changeUntil(own, AbortSignal.timeout(6000), seed);
    });
    for (const transactions of await Promise.all(writers)) assert.ok(transactions > 10);
    drain.abort();
    assert.equal((await running).finished.error, undefined);
    await pair.sync(config);
    stop.abort();
    const { states, looks } = await watching;
    const had = new Set(await statesOf(pair.source, 'SELECT DISTINCT state FROM states'));
    assert.ok(looks > 10 && states.size > 20, `${looks} looks, ${states.size} states`);
    assert.deepEqual(
      [...states].filter((state) => !had.has(state)),
      [],
    );
    for (const table of ['a', 'b'])
      assert.deepEqual(await rowsOf(pair.target, table), await rowsOf(pair.source, table));
  }));
