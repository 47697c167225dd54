import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Action } from '../../connectors/contract/index.ts';
import { planPipeline } from '../../connectors/sync/plan.ts';
import { changeUntil, WORKLOAD_TABLES } from '../mysql/workload.ts';
import { eventsOf, never, openPipeline, type Ran, rowsOf } from '../pipeline.ts';
import { type Hop, openHop } from './hop.ts';
import { recordsOf } from './read-topic.ts';

const COLUMNS = `id BIGINT UNSIGNED NOT NULL PRIMARY KEY, t TINYINT, m MEDIUMINT UNSIGNED, d DECIMAL(65,30), f FLOAT, g DOUBLE, s VARCHAR(40),
  r VARBINARY(20), p BINARY(4), a DATE, b DATETIME(6), c TIMESTAMP(3) NULL, h TIME(6), y YEAR, k BIT(13), e ENUM('x','y,z'), o SET('p','q'), z TEXT DEFAULT NULL`;

const EXTREMES = [
  `(0, -128, 0, -${'9'.repeat(35)}.${'9'.repeat(30)}, 16777216, -0.0, '', '', '', '0001-01-01', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:01.001', '-838:59:59', 1901, b'0', 'y,z', '', 'ü😀')`,
  `(18446744073709551615, 127, 16777215, 0.${'0'.repeat(29)}1, 3.4e38, 1.7976931348623157e308, 'null', x'00ff', x'01', '2024-02-29', '1000-01-01', NULL, '00:00:00.000001', 2155, b'1111111111111', 'x', 'p,q', NULL)`,
  `(7${', NULL'.repeat(17)})`,
];

const cdc = { read: 'cdc' } as const;

function assertOk(ran: Ran): Ran {
  assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
  return ran;
}

async function hopping(body: (hop: Hop) => Promise<void>, query?: string): Promise<void> {
  await using hop = await openHop('mysql', 'tidb', query);
  await body(hop);
}

async function planned({ out, source }: Hop, config = {}): Promise<readonly Action[]> {
  await using pipeline = openPipeline(out, { streams: [`${source.name}.*`], ...config });
  return (await planPipeline(pipeline, never)).streams.flatMap(({ plan }) => plan.actions);
}

describe('MySQL into topics, and from there into TiDB', { concurrency: 2 }, () => {
  it('invariants 2 and 3: a full read and the log give the same bytes, and they come back as what they were', () =>
    hopping(async (hop) => {
      const { source, target } = hop;
      await source.run(`CREATE TABLE early (${COLUMNS})`, `CREATE TABLE late (${COLUMNS})`);
      await source.run(`INSERT INTO early VALUES ${EXTREMES.join(', ')}`);
      assertOk(await hop.write(cdc));
      await source.run(`INSERT INTO late VALUES ${EXTREMES.join(', ')}`);
      assert.equal(assertOk(await hop.write(cdc)).finished.counts.written, 3);
      const bodies = async (table: string) => {
        const records = await recordsOf(hop.url, hop.topic(table));
        return records.map(({ key, value }) => `${key?.toString('hex', 5)} ${value?.toString('hex', 5)}`).sort();
      };
      assert.equal((await bodies('early')).length, 3);
      assert.deepEqual(await bodies('early'), await bodies('late'));
      assertOk(await hop.read('early', 'late'));
      for (const table of ['early', 'late']) {
        const texts = 'id, t, m, d, f * 1e0, g, s, HEX(r), HEX(p), a, b, h, y, k + 0, e, o, z';

        const own = await target.run(`SELECT ${texts} FROM \`${hop.topic(table)}\` ORDER BY id`);
        assert.deepEqual(own, await source.run(`SELECT ${texts} FROM ${table} ORDER BY id`));
      }
    }));

  it('a workload of every kind of change, in several runs: both ends are equal', () =>
    hopping(async (hop) => {
      await hop.source.run(...WORKLOAD_TABLES);
      for (let run = 1; run <= 4; run++) {
        await changeUntil(hop.source, AbortSignal.timeout(500), run);
        assertOk(await hop.write(cdc));
        if (run === 2) continue;
        assertOk(await hop.read('a', 'b'));
        for (const table of ['a', 'b']) {
          assert.deepEqual(await rowsOf(hop.target, hop.topic(table)), await rowsOf(hop.source, table), table);
        }
      }
      const partitions = async (table: string) =>
        new Set((await recordsOf(hop.url, hop.topic(table))).map(({ partition }) => partition)).size;
      assert.equal(await partitions('a'), 1, 'a second unique key');
      assert.ok((await partitions('b')) > 1);
    }));

  it('a column is added on the way: its schema is registered before the rows, and older readers are told', () =>
    hopping(async (hop) => {
      await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
      assertOk(await hop.write(cdc));
      await hop.source.run('INSERT INTO t VALUES (2)', 'ALTER TABLE t ADD COLUMN v INT', 'INSERT INTO t VALUES (3, 3)');
      const ran = assertOk(await hop.write(cdc));
      assert.match(
        eventsOf(ran, 'action')
          .map(({ summary }) => summary)
          .join(),
        /register a schema as .*-value/,
      );
      assertOk(await hop.read('t'));
      const rows = await hop.target.run(`SELECT id, v FROM \`${hop.topic('t')}\` ORDER BY id`);
      assert.deepEqual(rows, [
        ['1', null],
        ['2', null],
        ['3', '3'],
      ]);
    }));

  it('shards share a topic: their name is a column of row and key', () =>
    hopping(async (hop) => {
      await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
      assertOk(await hop.write({ shard: { column: 'region', value: 'eu 🇪🇺' } }));
      assertOk(await hop.read('t'));
      const rows = await hop.target.run(`SELECT id, v, region = 'eu 🇪🇺' FROM \`${hop.topic('t')}\` ORDER BY id`);
      assert.deepEqual(rows, [
        ['1', '1', '1'],
        ['2', '2', '1'],
      ]);
    }));

  it('rows without a key are appended, and spread over the partitions', () =>
    hopping(async (hop) => {
      await hop.source.run('CREATE TABLE t (v INT)', 'INSERT INTO t VALUES (1), (1), (2)');
      assertOk(await hop.write());
      const records = await recordsOf(hop.url, hop.topic('t'));
      assert.deepEqual(
        records.map(({ key }) => key),
        [null, null, null],
      );
      const { finished } = await hop.write({ write: 'upsert' });
      assert.equal(finished.error?.code, 'config.mode-illegal');
    }));

  it('overwrite is refused with the reason; a plan says what is made and how it is read', () =>
    hopping(async (hop) => {
      await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY)');
      const { finished } = await hop.write({ write: 'overwrite' });
      assert.equal(finished.error?.code, 'config.mode-illegal');
      assert.match(finished.error.message, /a topic cannot be swapped/);
      const summaries = (await planned(hop)).map(({ summary }) => summary);
      assert.match(
        summaries[0]!,
        /create topic .* 4 partitions, cleanup.policy=compact, delete.retention.ms=604800000; .*read_committed/,
      );
      assert.equal(summaries.length, 3);
      assertOk(await hop.write());
      assert.deepEqual(await planned(hop), []);
    }));

  it('a row that is larger than the topic takes is rejected, the others come', () =>
    hopping(async (hop) => {
      await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY, z LONGTEXT)');
      await hop.source.run(
        "INSERT INTO t VALUES (1, 'a'), (2, REPEAT('x', 1100000)), (3, REPEAT('y', 900000)), (4, 'b')",
      );
      const { finished } = await hop.write({ max_rejects: 1 });
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      assert.deepEqual(
        { ...finished.counts, superseded: 0 },
        { read: 4, written: 3, superseded: 0, alreadyApplied: 0, rejected: 1 },
      );
      assert.equal((await recordsOf(hop.url, hop.topic('t'))).length, 3);
    }));

  it('invariant 11: a topic that somebody else made is not written to unless told so', () =>
    hopping(async (hop) => {
      await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
      assertOk(await hop.write());
      const other = { ...hop.out, id: crypto.randomUUID() };
      await using pipeline = openPipeline(other, { streams: [`${hop.source.name}.*`] });
      assert.match((await planPipeline(pipeline, never)).refused[0]!.message, /was not made by this pipeline/);
      await using adopting = openPipeline(other, { streams: [`${hop.source.name}.*`], adopt: true });
      assert.deepEqual((await planPipeline(adopting, never)).refused, []);
    }));
});
