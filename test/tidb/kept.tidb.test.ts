import assert from 'node:assert/strict';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Destination, Finding } from '../../connectors/contract/index.ts';
import { checkPipeline, reloadStream } from '../../connectors/sync/index.ts';
import { eventsOf, never, openPipeline, type TestRun } from '../pipeline.ts';
import { type Server, startServer } from '../services/server.ts';
import { overriding, withWriters } from '../sides.ts';
import { blind, Ends, withoutComparer } from './ends.ts';
import { collectGarbage } from './garbage.ts';
import { changes, TABLES } from './workload.ts';

/** Garbage collection has passed the last run of these tables. */
async function collect(ends: Ends, ...tables: string[]): Promise<void> {
  const positions = await Promise.all(tables.map((table) => ends.position(table)));
  await collectGarbage(
    ends.source,
    positions.map(({ tso }) => String(tso)),
  );
}

/** A target without rows to compare with, whose nth commit of a lane of changes fails before or after it was done. */
function failing(nth: number, when: 'before' | 'after', commitRows: number): TestRun {
  let commits = 0;
  const fail = () => {
    throw new Error('the process ends here');
  };
  const destination = (original: Destination) =>
    withoutComparer(
      withWriters(overriding(original, { can: { ...original.can, commitRows } }), (writer, lane) => ({
        commit: async (position, ended) => {
          const isNow = lane.endsWith('/diff') && ++commits === nth;
          if (isNow && when === 'before') fail();
          const report = await writer.commit(position, ended);
          if (isNow) fail();
          return report;
        },
      })),
    );
  return { sides: { destination } };
}

/** What `check` says under a code, for a target without rows to compare with. */
async function found(ends: Ends, code: string): Promise<Finding[]> {
  await using pipeline = openPipeline(ends.ends, ends.config(), undefined, blind.sides);
  return (await checkPipeline(pipeline, never)).filter((finding) => finding.code === code);
}

// One after the other: what is collected is so for all databases of the server.
describe('changes of TiDB by kept hashes', () => {
  let tidb: Server;
  before(async () => {
    tidb = await startServer('tidb');
  });
  after(() => tidb.stop());

  async function open(...statements: string[]): Promise<Ends> {
    const ends = await Ends.open('duckdb', {}, tidb.url);
    ends.keep();
    await ends.source.run(...statements);
    return ends;
  }

  it('invariant 6: a workload with runs in between, history gone each time; equal after each', async () => {
    await using ends = await open(...TABLES);
    await changes(ends.source, 200, 3);
    const first = await ends.sync({}, blind);
    assert.equal(eventsOf(first, 'notice').filter(({ code }) => code === 'cdc.kept').length, 3);
    for (let run = 0; run < 6; run++) {
      await changes(ends.source, 60, 20 + run);
      // The third run finds history.
      if (run !== 2) await collect(ends, 'a', 'b', 'c');
      const ran = await ends.sync({}, blind);
      assert.deepEqual(
        eventsOf(ran, 'notice').filter(({ code }) => code === 'cdc.kept'),
        [],
        'nothing is fetched anew',
      );
      await ends.assertEqual(`run ${run}`);
    }
    await collect(ends, 'a', 'b', 'c');
    assert.equal((await ends.sync({}, blind)).finished.counts.read, 0);
  });

  for (const when of ['before', 'after'] as const) {
    it(`invariants 1, 6: a run ends ${when} any commit, rows go back to what they were, history is gone: equal`, async () => {
      await using ends = await open('CREATE TABLE t (id INT PRIMARY KEY, v INT, u INT, UNIQUE KEY u (u))');
      await ends.source.run('CREATE TABLE s (id INT PRIMARY KEY, v INT)');
      const many = (table: string, columns: string) =>
        `INSERT INTO ${table} WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1500) SELECT ${columns} FROM c`;
      await ends.source.run(many('t', 'n, n, n'), many('s', 'n, n'));
      await ends.sync({}, blind);
      let failed = 0;
      for (let nth = 1; nth <= 4; nth++) {
        for (const table of ['t', 's']) {
          await ends.source.run(
            `UPDATE ${table} SET v = v + 1 WHERE id % 2 = 0`,
            `DELETE FROM ${table} WHERE id % 10 = 1`,
            `INSERT INTO ${table} (id, v) VALUES (${5000 + nth}, 1)`,
          );
        }
        if (nth % 2 === 0) await collect(ends, 't', 's');
        const { finished } = await ends.attempt({}, failing(nth, when, 300));
        if (finished.status === 'failed') failed++;
        for (const table of ['t', 's']) {
          await ends.source.run(
            `UPDATE ${table} SET v = v - 1 WHERE id % 4 = 0`,
            `DELETE FROM ${table} WHERE id = ${5000 + nth}`,
            `INSERT IGNORE INTO ${table} (id, v) VALUES (1, 1), (11, 11)`,
          );
        }
        await collect(ends, 't', 's');
        await ends.sync({}, blind);
        await ends.assertEqual(`commit ${nth}`);
      }
      assert.ok(failed >= 2, `${failed} runs were ended`);
    });
  }

  it('invariant 9: hashes that are absent or of another run are told; while there is history they are taken anew', async () => {
    await using ends = await open('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
    const folder = ends.keep();
    await ends.sync({}, blind);
    await rm(folder, { recursive: true });
    await ends.source.run('UPDATE t SET v = 5 WHERE id = 1');
    const anew = await ends.sync({}, blind);
    assert.equal(anew.finished.counts.read, 1);
    assert.ok(eventsOf(anew, 'notice').some(({ code }) => code === 'cdc.kept'));
    await ends.source.run('DELETE FROM t WHERE id = 2');
    await collect(ends, 't');
    await ends.sync({}, blind);
    await ends.assertEqual();
    // Somebody else runs the pipeline: what is here is of an earlier run then.
    ends.ends.kept = `${folder}-elsewhere`;
    await ends.source.run('INSERT INTO t VALUES (3, 3)');
    await ends.sync({}, blind);
    ends.ends.kept = folder;
    await ends.source.run('INSERT INTO t VALUES (4, 4)');
    await collect(ends, 't');
    for (let again = 0; again < 2; again++) {
      const { finished } = await ends.attempt({}, blind);
      assert.equal(finished.error?.code, 'cdc.not-compared', JSON.stringify(finished.error));
      assert.match(finished.error!.message, /another run/);
    }
    await rm(folder, { recursive: true });
    const { finished } = await ends.attempt({}, blind);
    assert.match(finished.error?.message ?? '', /no hashes/);
  });

  it('a file that is damaged is told, and does not count as nothing', async () => {
    await using ends = await open('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
    const folder = ends.keep();
    await ends.sync({}, blind);
    const names = await readdir(folder, { recursive: true });
    const file = names.find((name) => name.endsWith('.db'))!;
    await rm(folder, { recursive: true });
    await ends.sync({}, blind);
    await writeFile(join(folder, file), 'not a database, but long enough to be looked at as one'.repeat(100));
    const { finished } = await ends.attempt({}, blind);
    assert.equal(finished.error?.code, 'cdc.kept-rows', JSON.stringify(finished.error));
    assert.equal((await found(ends, 'cdc.kept-rows')).length, 1);
    await rm(folder, { recursive: true });
    assert.equal((await found(ends, 'cdc.kept-rows')).length, 0, 'it may be made anew');
    await writeFile(folder, 'in the way');
    assert.match((await found(ends, 'cdc.kept-rows'))[0]!.message, /ENOTDIR/);
  });

  it('columns that come, go and grow: rows come as they are now, also where history is gone', async () => {
    await using ends = await open(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT, w VARCHAR(5))',
      "INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')",
    );
    await ends.sync({}, blind);
    await ends.source.run(
      "ALTER TABLE t ADD COLUMN x VARCHAR(9) NOT NULL DEFAULT 'new' AFTER id",
      "UPDATE t SET x = 'set', v = 8 WHERE id = 1",
      'DELETE FROM t WHERE id = 3',
    );
    await collect(ends, 't');
    await ends.sync({}, blind);
    await ends.assertEqual('a column was added');
    await ends.source.run(
      'ALTER TABLE t MODIFY v BIGINT',
      'ALTER TABLE t DROP COLUMN w',
      'INSERT INTO t VALUES (4, DEFAULT, 4000000000)',
    );
    await ends.sync({}, blind);
    await ends.assertEqual('grown and gone');
    await ends.source.run('UPDATE t SET v = 5 WHERE id = 4');
    await collect(ends, 't');
    assert.equal((await ends.sync({}, blind)).finished.counts.read, 1, 'then only what changed');
    await ends.assertEqual('after all of it');
  });

  it('check says that hashes are kept and how large they are', async () => {
    await using ends = await open(
      'CREATE TABLE t (id INT PRIMARY KEY)',
      'INSERT INTO t WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000) SELECT n FROM c',
      'ANALYZE TABLE t',
    );
    await ends.sync({}, blind);
    const [said] = await found(ends, 'cdc.kept');
    const [, size] = /\.t are kept .* about ([\d.]+) MiB/.exec(said?.message ?? '') ?? [];
    const names = await readdir(ends.keep(), { recursive: true });
    const file = names.find((name) => name.endsWith('.db'))!;
    const bytes = (await stat(join(ends.keep(), file))).size;
    assert.ok(Math.abs((Number(size) * 2 ** 20) / bytes - 1) < 0.3, `${said?.message}; ${bytes} bytes`);
  });

  it('a hashed column of a target that could be compared otherwise', async () => {
    const config = { hash: ['secret'], salt: 'pepper' };
    await using ends = await open(
      'CREATE TABLE t (id INT PRIMARY KEY, secret VARCHAR(20))',
      "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    );
    await ends.sync(config);
    await ends.source.run("UPDATE t SET secret = 'c' WHERE id = 1", "INSERT INTO t VALUES (3, 'd')");
    await collect(ends, 't');
    assert.equal((await ends.sync(config)).finished.counts.read, 2);
  });

  it('a reload makes hashes of before worthless, and that is told', async () => {
    await using ends = await open('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
    await ends.sync({}, blind);
    {
      await using pipeline = ends.open();
      const options = { run: 'reload', emit: () => undefined, drain: never, abort: never };
      const finished = await reloadStream(pipeline, `${ends.source.name}.t`, undefined, options);
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
    }
    await collect(ends, 't');
    const { finished } = await ends.attempt({}, blind);
    assert.equal(finished.error?.code, 'cdc.not-compared', JSON.stringify(finished.error));
  });
});
