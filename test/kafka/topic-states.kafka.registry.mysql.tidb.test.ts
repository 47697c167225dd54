import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Destination } from '../../connectors/contract/index.ts';
import { changeUntil, WORKLOAD_TABLES } from '../mysql/workload.ts';
import { rowsOf, runOnce, type TestDatabase } from '../pipeline.ts';
import { overriding } from '../sides.ts';
import { openHop } from './hop.ts';

const TABLES = [
  { table: 'a', key: ['id'], values: ['u', 'v', 'w'] },
  { table: 'b', key: ['k', 'n'], values: ['v', 'd', 'at'] },
] as const;

type Table = (typeof TABLES)[number];

function text(columns: readonly string[], row = ''): string {
  return `CONCAT_WS('|', ${columns.map((name) => `COALESCE(${row}${name}, '~')`).join(', ')})`;
}

/** Each state that a key had, in its order: the rows of one key are locked by who changes them, until the commit. */
function recorded({ table, key, values }: Table): string[] {
  const insert = (row: string, state: string) =>
    `INSERT INTO states (one, state) VALUES (CONCAT('${table}|', ${text(key, row)}), ${state})`;
  const [came, went] = [insert('NEW.', text(values, 'NEW.')), insert('OLD.', "'gone'")];
  return [
    `CREATE TRIGGER ${table}_made AFTER INSERT ON ${table} FOR EACH ROW ${came}`,
    `CREATE TRIGGER ${table}_gone AFTER DELETE ON ${table} FOR EACH ROW ${went}`,
    `CREATE TRIGGER ${table}_changed AFTER UPDATE ON ${table} FOR EACH ROW BEGIN IF NOT (${text(key, 'OLD.')} <=> ${text(key, 'NEW.')}) THEN ${went}; END IF; ${came}; END`,
  ];
}

/** What was seen of each key, look after look, where it was another than before. */
async function watch(target: TestDatabase, topic: (table: string) => string, stop: AbortSignal) {
  await using session = await target.session();
  const seen = new Map<string, string[]>();
  let looks = 0;
  for (; !stop.aborted; looks++) {
    for (const { table, key, values } of TABLES) {
      const rows = await session.run(`SELECT ${text(key)}, ${text(values)} FROM \`${topic(table)}\``);
      const now = new Map(rows.map(([one, state]) => [`${table}|${one}`, String(state)]));
      const known = [...seen.keys()].filter((one) => one.startsWith(`${table}|`));
      for (const one of new Set([...known, ...now.keys()])) {
        const states = seen.get(one) ?? [];
        const state = now.get(one) ?? 'gone';
        if (states.at(-1) !== state) seen.set(one, [...states, state]);
      }
    }
    await pause(20);
  }
  return { seen, looks };
}

/** Why states that were seen are not some of those that a key had, in their order. */
function outOfOrder(seen: readonly string[], had: readonly string[]): string | undefined {
  let at = 0;
  for (const state of seen) {
    const found = had.indexOf(state, at);
    if (found === -1) return `${state} after ${had.slice(0, at).slice(-3).join(', ')}`;
    at = found + 1;
  }
  return undefined;
}

it('invariant 6: under writers of all kinds, what is read from topics is key by key a state that the source had, in order', async () => {
  await using hop = await openHop('mysql', 'tidb', '&partitions=3');
  const { source, target, topic } = hop;
  await source.run(
    ...WORKLOAD_TABLES,
    'CREATE TABLE states (seq BIGINT AUTO_INCREMENT PRIMARY KEY, one VARCHAR(60) NOT NULL, state VARCHAR(200) NOT NULL) COLLATE utf8mb4_bin',
    ...TABLES.flatMap(recorded),
  );
  await using first = await source.session();
  await changeUntil(first, AbortSignal.timeout(500), 3);
  const out = { read: 'cdc', streams: ['a', 'b'].map(topic) } as const;
  const back = { streams: ['a', 'b'].map(topic), target: { table: '{table}' } };
  const often = (destination: Destination) => overriding(destination, { can: { ...destination.can, commitRows: 20 } });
  const once = async () => {
    for (const ran of [await hop.write(out), await hop.read('a', 'b')])
      assert.equal(ran.finished.error, undefined, JSON.stringify(ran.finished.error));
  };
  await once();
  const [stop, drain] = [new AbortController(), new AbortController()];
  const watching = watch(target, topic, stop.signal);
  const followed = { sides: { destination: often }, follow: true, drain: drain.signal } as const;
  const running = [runOnce(hop.out, out, followed), runOnce(hop.back, back, followed)];
  const writers = [41, 42].map(async (seed) => {
    await using own = await source.session();
    return await changeUntil(own, AbortSignal.timeout(6000), seed);
  });
  for (const transactions of await Promise.all(writers)) assert.ok(transactions > 10);
  drain.abort();
  for (const { finished } of await Promise.all(running)) assert.equal(finished.error, undefined);
  await once();
  await pause(100);
  stop.abort();
  const { seen, looks } = await watching;
  const had = Map.groupBy(await source.run('SELECT one, state FROM states ORDER BY seq'), ([one]) => String(one));
  const wrong = [...seen].flatMap(([one, states]) => {
    const all = (had.get(one) ?? []).map(([, state]) => String(state));
    const why = outOfOrder(states, all);
    return why === undefined ? [] : [`${one}: ${why}`];
  });
  assert.deepEqual(wrong, []);
  const changes = [...seen.values()].reduce((sum, { length }) => sum + length, 0);
  assert.ok(looks > 10 && changes > 100, `${looks} looks, ${changes} states`);
  for (const { table } of TABLES) assert.deepEqual(await rowsOf(target, topic(table)), await rowsOf(source, table));
});
