import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Destination } from '../../connectors/contract/index.ts';
import { checkPipeline } from '../../connectors/sync/index.ts';
import { tsoMillis } from '../../connectors/tidb/tso.ts';
import { eventsOf, never } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { overriding, withWriters } from '../sides.ts';
import { blind, collected, Ends } from './ends.ts';

async function open(...statements: string[]): Promise<Ends> {
  const ends = await Ends.open('duckdb');
  await ends.source.run(...statements);
  return ends;
}

describe('what changes of TiDB cannot be', { concurrency: 2 }, () => {
  it('invariant 9: the TSO of the last run is gone, and the target holds nothing to compare with', async () => {
    await using ends = await open('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
    await ends.sync({}, blind);
    await ends.source.run('INSERT INTO t VALUES (2, 2)');
    assert.equal((await ends.sync({}, blind)).finished.counts.read, 1, 'history is enough');
    await ends.source.run('INSERT INTO t VALUES (3, 3)');
    await ends.movePosition('t', collected);
    for (let again = 0; again < 2; again++) {
      const { finished } = await ends.attempt({}, blind);
      assert.equal(finished.error?.code, 'source.history-lost', JSON.stringify(finished.error));
    }
    // With rows to compare with it is no loss.
    await ends.sync();
    await ends.assertEqual();
  });

  it('other columns than before, and the target holds nothing to compare with', async () => {
    await using ends = await open('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
    await ends.sync({}, blind);
    await ends.source.run('ALTER TABLE t ADD COLUMN w INT DEFAULT 7');
    const { finished } = await ends.attempt({}, blind);
    assert.equal(finished.error?.code, 'cdc.not-compared', JSON.stringify(finished.error));
  });

  it('the TSO is gone, and a hashed column of the target tells nothing of the source', async () => {
    const config = { hash: ['secret'], salt: 'pepper' };
    await using ends = await open(
      'CREATE TABLE t (id INT PRIMARY KEY, secret VARCHAR(20))',
      "INSERT INTO t VALUES (1, 'a')",
    );
    await ends.sync(config);
    await ends.source.run("UPDATE t SET secret = 'b'");
    assert.equal((await ends.sync(config)).finished.counts.read, 1, 'history tells it');
    await ends.movePosition('t', collected);
    const { finished } = await ends.attempt(config);
    assert.equal(finished.error?.code, 'cdc.not-compared', JSON.stringify(finished.error));
    assert.match(finished.error!.message, /secret/);
  });

  it('tables without a key, keys that rows are not found by, rows that are only added', async () => {
    await using ends = await open(
      'CREATE TABLE bare (id INT)',
      "CREATE TABLE odd (e ENUM('a', 'b') PRIMARY KEY)",
      'CREATE TABLE fine (id INT PRIMARY KEY)',
    );
    for (const [table, config] of [
      ['bare', { write: 'append' }],
      ['odd', {}],
      ['fine', { write: 'append' }],
    ] as const) {
      const streams = [`${ends.source.name}.${table}`];
      const { finished } = await ends.attempt({ streams, ...config });
      assert.match(finished.error?.code ?? '', /^(config\.invalid|schema\.refused)$/, JSON.stringify(finished.error));
      await using pipeline = ends.open({ streams, ...config });
      const findings = await checkPipeline(pipeline, never);
      assert.ok(
        findings.some(({ severity, message }) => severity === 'error' && message.includes(table)),
        JSON.stringify(findings),
      );
    }
  });

  it('to follow: that would read the table again and again', async () => {
    await using ends = await open('CREATE TABLE t (id INT PRIMARY KEY)');
    const { finished } = await ends.attempt({}, { follow: true });
    assert.equal(finished.error?.code, 'config.invalid', JSON.stringify(finished.error));
    assert.match(finished.error!.fix ?? '', /schedule/);
    await using pipeline = ends.open();
    const [schemas] = [await pipeline.source.discover([`${ends.source.name}.*`], never)];
    const request = {
      streams: schemas.map(({ stream }) => ({ stream, mode: 'cdc' as const })),
      ...({ layout: 'text', maxRowBytes: 1 << 20, parallel: 2, follow: true } as const),
    };
    const findings = await pipeline.source.check(request, never);
    assert.ok(findings.some(({ severity, code }) => severity === 'error' && code === 'config.invalid'));
  });

  it('check says what a run costs, and a month of them', async () => {
    await using ends = await open(
      'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(200))',
      "INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n, REPEAT('x', 200) FROM c",
      'ANALYZE TABLE t',
    );
    await using pipeline = ends.open();
    const found = (await checkPipeline(pipeline, never)).find(({ code }) => code === 'cdc.cost');
    const [, rows, least, most] = /reading ([\d,]+) rows .* about ([\d,.]+) to ([\d,.]+) request units/.exec(
      found!.message,
    )!;
    const number = (text: string | undefined) => Number(text!.replaceAll(',', ''));
    const [schema] = await pipeline.source.discover([`${ends.source.name}.t`], never);
    assert.ok(Math.abs(number(rows) / schema!.rows! - 1) < 0.1, found!.message);
    // Some 3 to 10 units for a thousand such rows.
    assert.ok(number(least) > (schema!.rows! * 3) / 1000, found!.message);
    assert.ok(number(most) < (schema!.rows! * 20) / 1000, found!.message);
  });

  for (const [statistics, unique] of [
    ['new', 'INT'],
    ['old', 'INT'],
    ['new', 'INT UNIQUE'],
  ]) {
    const how = `${statistics} statistics, ${unique}`;
    it(`a run stops above max_ru though nothing changed, and the next one goes on where it was: ${how}`, async () => {
      await using ends = await open(`CREATE TABLE t (id INT PRIMARY KEY, v ${unique})`);
      for (let part = 0; part < 4; part++) {
        const many = `WITH RECURSIVE c (n) AS (SELECT ${part * 50_000} UNION ALL SELECT n + 1 FROM c WHERE n < ${part * 50_000 + 49_999}) SELECT n, n FROM c`;
        await ends.source.run(`INSERT INTO t ${many}`);
        // Those that are left as they are tell of a fourth of the rows, and what is hashed together is the whole table.
        if (statistics === 'old' && part === 0) await ends.source.run('ANALYZE TABLE t', 'LOCK STATS t');
      }
      if (statistics === 'new') await ends.source.run('ANALYZE TABLE t');
      await ends.sync();
      await ends.source.run('UPDATE t SET v = -id WHERE id IN (5, 199999)');
      const { tso } = await ends.position('t');
      const codes: string[] = [];
      // Too little for a comparison of the whole table.
      while ((await ends.position('t')).tso === tso) {
        assert.ok(codes.length < 20, `it does not get on: ${codes.join(', ')}`);
        const { finished } = await ends.attempt({ throttle: { max_ru: 300 } });
        codes.push(finished.error?.code ?? 'done');
      }
      if (statistics === 'new') assert.equal(codes[0], 'throttle.request-units');
      await ends.assertEqual();
      assert.equal((await ends.sync({ throttle: { max_ru: 100_000 } })).finished.counts.read, 0);
    });
  }

  it('garbage collection overtakes a comparison: the run goes on with the rows of the target', async () => {
    await using server = await startServer('tidb').then((one) =>
      Object.assign(one, { [Symbol.asyncDispose]: one.stop }),
    );
    await using ends = await Ends.open('duckdb', {}, server.url);
    await ends.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)');
    const many = 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 80000) SELECT n, n FROM c';
    await ends.source.run(`INSERT INTO t ${many}`);
    await ends.sync();
    // The safe point is told in whole seconds.
    await sleep(1100);
    await ends.source.run('UPDATE t SET v = v + 1 WHERE id % 8 = 0', 'DELETE FROM t WHERE id % 100 = 0');
    let passed = false;
    // What is ahead of the commit is read by then; the rest of the table is not.
    const overtaken = (destination: Destination) =>
      withWriters(overriding(destination, { can: { ...destination.can, commitRows: 1000 } }), (writer) => ({
        async commit(position, ended) {
          const report = await writer.commit(position, ended);
          if (passed || !position.includes('"history"')) return report;
          passed = true;
          const point = safePoint(position);
          await ends.source.run(
            `UPDATE mysql.tidb SET variable_value = '${point}' WHERE variable_name = 'tikv_gc_safe_point'`,
          );
          return report;
        },
      }));
    const ran = await ends.sync({}, { sides: { destination: overtaken } });
    assert.ok(passed);
    assert.ok(
      eventsOf(ran, 'committed').some(({ position }) => position.includes('"standing"')),
      'it went another way',
    );
    await ends.assertEqual();
  });
});

/** As if all were collected that the open transaction of the run does not hold: the second in which it began. */
function safePoint(position: string): string {
  const { going } = JSON.parse(position) as { going: { to: string } };
  return `${new Date(tsoMillis(BigInt(going.to))).toISOString().slice(0, 19).replaceAll('-', '').replace('T', '-')} +0000`;
}
