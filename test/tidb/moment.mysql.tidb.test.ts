import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { eventsOf, openPair, rowsOf, runOnce, type TestPair } from '../pipeline.ts';
import { testCertificates, testCloud } from '../stand-in/fixture.ts';

const TABLES = ['a', 'b', 'c'];
/** Three pages of a table that is read row by row order in one lane. */
const ROWS = 12_000;

async function fill({ source }: TestPair): Promise<void> {
  for (const table of TABLES) {
    await source.run(
      `CREATE TABLE ${table} (id VARCHAR(20) PRIMARY KEY, v INT NOT NULL)`,
      `INSERT INTO ${table} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT CONCAT('k', i), 0 FROM n`,
    );
  }
}

/** Reads one table and stops at its first rows; gives the plan lane and its position. */
async function cutShort(pair: TestPair, table: string) {
  const drain = new AbortController();
  const events: RunEvent[] = [];
  const { finished } = await pair.attempt(undefined, {
    only: [`${pair.source.name}.${table}`],
    drain: drain.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.event === 'progress') drain.abort();
    },
  });
  assert.equal(finished.status, 'stopped', JSON.stringify(finished.error));
  return eventsOf({ events }, 'committed').find(({ lane }) => lane.endsWith('/plan'))!;
}

/** The one value that all rows of all tables have at the target. */
async function onlyValue({ target }: TestPair): Promise<string> {
  const values = new Set<string>();
  for (const table of TABLES) {
    for (const row of await target.run(`SELECT DISTINCT v FROM ${table}`)) values.add(String(row[0]));
  }
  assert.equal(values.size, 1, `tables stand at different moments: ${[...values]}`);
  return [...values][0]!;
}

const change = ({ source }: TestPair, value: number) =>
  source.run('BEGIN', ...TABLES.map((table) => `UPDATE ${table} SET v = ${value}`), 'COMMIT');

describe('all tables of TiDB are read at one moment', { concurrency: 4 }, () => {
  it('a table that begins beside a read that was cut joins its moment', async () => {
    await using pair = await openPair('tidb', 'mysql');
    await fill(pair);
    await cutShort(pair, 'b');
    await change(pair, 1);
    await pair.sync();
    assert.equal(await onlyValue(pair), '0');
    await pair.sync();
    assert.equal(await onlyValue(pair), '1');
  });

  it('where the moment of a read that was cut is gone, all tables are read anew, and it is said', async () => {
    await using pair = await openPair('tidb', 'mysql');
    await fill(pair);
    const { lane, position } = await cutShort(pair, 'b');
    await change(pair, 1);
    {
      await using pipeline = pair.open();
      // Garbage collection has passed the year 2000.
      const past = String(BigInt(Date.parse('2000-01-01')) << 18n);
      await pipeline.destination.setPosition(lane, JSON.stringify({ ...JSON.parse(position), moment: past }));
    }
    const ran = await pair.sync();
    assert.equal(await onlyValue(pair), '1');
    assert.equal(ran.finished.counts.read, TABLES.length * ROWS);
    const codes = eventsOf(ran, 'notice').map(({ code }) => code);
    assert.deepEqual(codes, ['source.moment-gone', 'source.read-anew']);
  });

  it('a table that is read again after a round that left it out is not left at its old moment', async () => {
    await using pair = await openPair('tidb', 'mysql');
    await fill(pair);
    await cutShort(pair, 'b');
    await change(pair, 1);
    await pair.sync(undefined, { only: [`${pair.source.name}.a`, `${pair.source.name}.c`] });
    await change(pair, 2);
    await pair.sync();
    assert.equal(await onlyValue(pair), '2');
  });

  it('a moment whose schemas cannot be loaded any more is left for a later one, and it is said', async () => {
    using certificates = await testCertificates();
    const unloadable = new Set<string>();
    await using cloud = await testCloud('tidb', certificates, { unloadable });
    await using pair = await openPair('tidb', 'mysql');
    await fill(pair);
    await pair.source.run('DELETE FROM a', 'DELETE FROM b LIMIT 9000');
    const from = new URL(cloud.url({ database: pair.source.name }));
    const ends = { id: randomUUID(), from: from.href, to: pair.ends.to };
    const streams = ['a', 'b'].map((table) => `${pair.source.name}.${table}`);
    const begun: string[] = [];
    let changed: Promise<unknown> | undefined;
    const ran = await runOnce(
      ends,
      { streams, throttle: { rows_per_second: 100 } },
      {
        onEvent: (event) => {
          if (event.event === 'committed' && event.lane.endsWith('/plan'))
            begun.push(JSON.parse(event.position).moment);
          if (event.event === 'progress' && event.stream.endsWith('.b') && changed === undefined) {
            unloadable.add(begun[0]!);
            // Few are left to be read at the later moment.
            changed = pair.source.run('DELETE FROM b LIMIT 2900', 'UPDATE b SET v = 1');
          }
        },
      },
    );
    await changed;
    assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
    assert.ok(eventsOf(ran, 'retry').some(({ error }) => error.code === 'source.cut'));
    assert.deepEqual(
      eventsOf(ran, 'notice').map(({ code }) => code),
      ['source.moments-differ'],
    );
    assert.deepEqual(await rowsOf(pair.target, 'b'), await rowsOf(pair.source, 'b'));
  });
});
