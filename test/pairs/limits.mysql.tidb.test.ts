import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Destination, millraceError } from '../../connectors/contract/index.ts';
import { eventsOf, rowsOf, type TestPair } from '../pipeline.ts';
import { withWriters } from '../sides.ts';
import { withPair } from './matrix.ts';

function test(title: string, body: (pair: TestPair) => Promise<void>): void {
  it(title, () => withPair('mysql', 'tidb', body));
}

/** A table of so many rows of about 1 KiB. */
async function fill({ source }: TestPair, rows: number): Promise<void> {
  await source.run(
    'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(1100))',
    `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, REPEAT('x', 1000) FROM n`,
  );
}

async function assertEqual({ source, target }: TestPair): Promise<void> {
  assert.deepEqual(await rowsOf(target, 't'), await rowsOf(source, 't'));
}

describe('throttles', { concurrency: 4 }, () => {
  test('rows a second', async (pair) => {
    await fill(pair, 4000);
    const { finished } = await pair.sync({ throttle: { rows_per_second: 2000 } });
    // Batches of about 1,000 rows: the last one waits until the three before it are paid for.
    assert.ok(finished.seconds >= 1.4, String(finished.seconds));
    await assertEqual(pair);
  });

  test('bytes a second', async (pair) => {
    await fill(pair, 4000);
    const { finished } = await pair.sync({ throttle: { bytes_per_second: 2_000_000 } });
    assert.ok(finished.seconds >= 1.4, String(finished.seconds));
    await assertEqual(pair);
  });

  test('a drain does not wait for the throttle', async (pair) => {
    await fill(pair, 4000);
    const drain = new AbortController();
    const { finished } = await pair.attempt(
      { throttle: { rows_per_second: 10 } },
      { drain: drain.signal, onEvent: ({ event }) => event === 'progress' && drain.abort() },
    );
    assert.equal(finished.status, 'stopped');
    assert.ok(finished.seconds < 20, String(finished.seconds));
    await pair.sync();
    await assertEqual(pair);
  });

  test('connections: two are enough', async (pair) => {
    await fill(pair, 100);
    await pair.source.run('CREATE TABLE u LIKE t', 'CREATE TABLE v LIKE t', 'CREATE TABLE w LIKE t');
    for (const round of [1, 2]) {
      await pair.sync({ write: 'upsert', throttle: { connections: 2 } });
      await assertEqual(pair);
      await pair.source.run(`DELETE FROM t WHERE id = ${round}`);
    }
  });

  test('request units: the run stops, keeps what it has, and the next one gets on', async (pair) => {
    await fill(pair, 6000);
    let written = 0;
    let runs = 0;
    for (let status = ''; status !== 'ok'; runs++) {
      const { finished } = await pair.attempt({ throttle: { max_ru: 2000 } });
      assert.ok(runs < 10, 'it does not get on');
      if (finished.status !== 'ok') assert.equal(finished.error?.code, 'throttle.request-units');
      written += finished.counts.written;
      status = finished.status;
    }
    assert.ok(runs > 2, String(runs));
    assert.equal(written, 6000, 'no row was sent twice');
    await assertEqual(pair);
  });
});

describe('rejects', { concurrency: 4 }, () => {
  const stored = ({ target }: TestPair) =>
    target.run("SELECT stream, code, row_json FROM _millrace_rejects WHERE stream LIKE '{db}%' OR TRUE ORDER BY id");

  /** A row that the target's CHECK refuses: at MySQL it is not enforced. */
  async function withBadRow(pair: TestPair): Promise<void> {
    await pair.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))',
      "INSERT INTO t VALUES (1, 'good'), (2, 'far too long'), (3, 'good')",
    );
    await pair.target.run('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))');
  }

  test('at the destination: none may be, and nothing is written', async (pair) => {
    await withBadRow(pair);
    await pair.sync({ write: 'upsert', adopt: true, where: 'id < 0' });
    await pair.target.run('CREATE UNIQUE INDEX v ON t (v)');
    const { finished } = await pair.attempt({ write: 'append' });
    assert.equal(finished.error?.code, 'rejects.too-many');
    assert.equal(await pair.target.single('SELECT COUNT(*) FROM t'), '0');
    assert.deepEqual(await stored(pair), []);
  });

  test('at the destination: some may be; invariant 4, and the row is kept with its reason', async (pair) => {
    await withBadRow(pair);
    await pair.sync({ write: 'upsert', adopt: true, where: 'id < 0' });
    await pair.target.run('CREATE UNIQUE INDEX v ON t (v)');
    const ran = await pair.sync({ write: 'append', max_rejects: 1 });
    assert.deepEqual(
      { ...ran.finished.counts },
      { read: 3, written: 2, superseded: 0, alreadyApplied: 0, rejected: 1 },
    );
    assert.equal(eventsOf(ran, 'rejected').length, 1);
    const [[stream, code, row]] = (await stored(pair)) as [[string, string, string]];
    assert.equal(stream, `${pair.source.name}.t`);
    assert.equal(code, 'row.duplicate');
    assert.deepEqual(JSON.parse(row), { id: '3', v: 'good' });
  });

  test('at the source: invariant 2, a row above the limit is rejected and told', async (pair) => {
    await fill(pair, 3);
    await pair.source.run("UPDATE t SET v = 'short' WHERE id <> 2");
    const { finished } = await pair.sync({ max_row_bytes: 500, max_rejects: 1 });
    assert.deepEqual({ ...finished.counts }, { read: 3, written: 2, superseded: 0, alreadyApplied: 0, rejected: 1 });
    assert.deepEqual(
      (await stored(pair)).map(([, code]) => code),
      ['row.too-large'],
    );
    assert.deepEqual(await pair.target.run('SELECT id FROM t ORDER BY id'), [['1'], ['3']]);
    assert.equal((await pair.attempt({ max_row_bytes: 500 })).finished.error?.code, 'rejects.too-many');
  });

  test('at the source: bytes without a character in Unicode are kept as they are', async (pair) => {
    await pair.source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, g VARCHAR(9) CHARACTER SET gbk, v TEXT CHARACTER SET cp1251)',
      "INSERT INTO t VALUES (1, _gbk x'41A2A0', 'ok'), (2, 'ok', _cp1251 x'98'), (3, 'ok', 'ok')",
    );
    await pair.sync({ max_rejects: 2 });
    assert.deepEqual(
      (await stored(pair)).map(([, code, row]) => [code, JSON.parse(row!)]),
      [
        ['value.inexact', { id: '1', g: '41a2a0', v: 'ok' }],
        ['value.inexact', { id: '2', g: 'ok', v: '98' }],
      ],
    );
    assert.deepEqual(await pair.target.run('SELECT id FROM t'), [['3']]);
  });

  test('a row that is rejected again after a cut counts once', async (pair) => {
    await fill(pair, 3);
    await pair.source.run("UPDATE t SET v = 'short' WHERE id <> 2");
    let cuts = 0;
    const cutOnce = (destination: Destination) =>
      withWriters(destination, (writer, lane) => ({
        async commit(position, ended) {
          if (lane.endsWith('/0') && cuts++ === 0) throw millraceError('connect.lost', 'cut before the commit');
          return writer.commit(position, ended);
        },
      }));
    const { finished } = await pair.sync({ max_row_bytes: 500, max_rejects: 1 }, { sides: { destination: cutOnce } });
    assert.equal(cuts, 2);
    assert.equal(finished.counts.rejected, 1);
    assert.equal((await stored(pair)).length, 1);
  });
});
