import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { balanced, type Counts } from '../../connectors/contract/index.ts';
import { inPool, run, servers, testPool } from './pool-fixture.ts';
import { changesOf, linesOf, openWriter, rowsOf, schema, select } from './writer-fixture.ts';

const shop = 'shop.orders';
const row = (id: number, v = `v${id}`, u: number | null = id) => [String(id), u === null ? null : String(u), v];
const table = (keys = '') =>
  `(id INT PRIMARY KEY, u INT, v VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ${keys})`;

/** Each way in which rows of a full read may come and go. */
const ways = [true, false].flatMap((localInfile) =>
  Object.entries({ Avro: rowsOf, lines: linesOf }).map(([form, batchOf]) => ({
    localInfile,
    batchOf: (rows: Parameters<typeof linesOf>[0]) => batchOf(rows),
    way: `${localInfile ? 'LOAD DATA' : 'INSERT'} of ${form}`,
  })),
);

function countsOf(streams: ReadonlyMap<string, Counts>): Counts {
  const counts = streams.get(shop)!;
  assert.ok(balanced(counts), JSON.stringify(counts));
  return counts;
}

for (const server of servers) {
  describe(`the writer on ${server}`, { timeout: 120_000 }, () => {
    it('commits rows, rejects and position in one step', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table()}`);
        const { writer, state } = await openWriter(pool, db);
        const rejects = [{ stream: shop, code: 'value.inexact', message: "it's\\bad", row: '{"id":"9"}' }];
        await writer.write(rowsOf([row(1), row(2, '\t\n\\é🐟', null)], schema, rejects));
        await writer.write(rowsOf([row(3)]));
        assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.t`), [['0']]);
        const report = await writer.commit('p1', false);
        assert.deepEqual(countsOf(report.streams), {
          read: 4,
          written: 3,
          superseded: 0,
          alreadyApplied: 0,
          rejected: 1,
        });
        assert.ok(report.bytes > 20);
        assert.deepEqual(await select(pool, `SELECT * FROM ${db}.t ORDER BY id`), [
          ['1', '1', 'v1'],
          ['2', null, '\t\n\\é🐟'],
          ['3', '3', 'v3'],
        ]);
        assert.deepEqual(
          await select(pool, `SELECT lane, stream, code, message, row_json FROM ${db}._millrace_rejects`),
          [['lane', shop, 'value.inexact', "it's\\bad", '{"id":"9"}']],
        );
        await writer.write(rowsOf([row(4)]));
        await writer.abort();
        const again = await openWriter(pool, db);
        const next = await again.writer.commit('p2', true);
        assert.equal(next.streams.size, 0);
        await again.writer.close();
        assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.t`), [['3']]);
        const lane = await select(
          pool,
          `SELECT position, ended, rows_read, rows_written, rows_rejected FROM ${db}._millrace_state`,
        );
        assert.deepEqual(
          lane.map(([position, ...rest]) => [String(position), ...rest]),
          [['p2', '1', '4', '3', '1']],
        );
        assert.equal(state.pipeline.length, 36);
      }));

    for (const [name, bad] of Object.entries({ first: [0], middle: [37], last: [99], several: [3, 4, 50, 98] })) {
      for (const { localInfile, batchOf, way } of ways) {
        it(`rejects bad rows: ${name}, ${way}`, () =>
          inPool(server, async (pool, db) => {
            await run(pool, `CREATE TABLE ${db}.t ${table()}`);
            const { writer, rejects } = await openWriter(pool, db, { info: { localInfile } });
            const all = Array.from({ length: 100 }, (_, id) => row(id, bad.includes(id) ? 'far too long' : undefined));
            for (let at = 0; at < 100; at += 30) await writer.write(batchOf(all.slice(at, at + 30)));
            const { streams } = await writer.commit('p', false);
            await writer.close();
            assert.deepEqual(countsOf(streams), {
              read: 100,
              written: 100 - bad.length,
              superseded: 0,
              alreadyApplied: 0,
              rejected: bad.length,
            });
            assert.deepEqual(
              rejects.map((reject) => JSON.parse(reject.row).id),
              bad.map(String),
            );
            assert.ok(
              rejects.every(({ code, message }) => code === 'row.refused' && /v.*\(\d{4}\)$/.test(message)),
              rejects[0]?.message,
            );
            const good = await select(pool, `SELECT COUNT(*), SUM(id), MAX(LENGTH(v)) FROM ${db}.t`);
            const sum = 4950 - bad.reduce((a, b) => a + b);
            assert.deepEqual(good, [[String(100 - bad.length), String(sum), '3']]);
            assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}._millrace_rejects`), [
              [String(bad.length)],
            ]);
          }));
      }
    }

    it('takes lines and Avro of one stream in one transaction', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table()}`);
        const { writer } = await openWriter(pool, db);
        await writer.write(linesOf([row(1, '\t\n\\é🐟', null), row(2, '\\N')]));
        await writer.write(rowsOf([row(3)]));
        await writer.write(linesOf([row(4)]));
        const { streams } = await writer.commit('p', false);
        await writer.close();
        assert.equal(countsOf(streams).written, 4);
        assert.deepEqual(await select(pool, `SELECT * FROM ${db}.t ORDER BY id`), [
          ['1', null, '\t\n\\é🐟'],
          ['2', '2', '\\N'],
          ['3', '3', 'v3'],
          ['4', '4', 'v4'],
        ]);
      }));

    it('stops where the gate says so, and nothing is left', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table()}`);
        const { writer } = await openWriter(pool, db, { maxRejects: 0 });
        await writer.write(rowsOf([row(1), row(2, 'far too long')]));
        await assert.rejects(writer.commit('p', false), /too many rejects: .*v/);
        await writer.abort();
        assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.t`), [['0']]);
        assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}._millrace_rejects`), [['0']]);
      }));

    it('rejects what has the key of another row, in append', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table()}`, `INSERT INTO ${db}.t VALUES (1, 1, 'old')`);
        const { writer, rejects } = await openWriter(pool, db);
        await writer.write(rowsOf([row(1), row(2)]));
        await writer.commit('p', false);
        await writer.close();
        assert.deepEqual(
          rejects.map(({ code }) => code),
          ['row.duplicate'],
        );
        assert.deepEqual(await select(pool, `SELECT id, v FROM ${db}.t ORDER BY id`), [
          ['1', 'old'],
          ['2', 'v2'],
        ]);
      }));

    for (const { localInfile, batchOf, way } of ways) {
      it(`replaces by key in upsert, the last row of a key wins (${way})`, () =>
        inPool(server, async (pool, db) => {
          await run(pool, `CREATE TABLE ${db}.t ${table()}`, `INSERT INTO ${db}.t VALUES (1, 1, 'old'), (9, 9, 'old')`);
          const { writer } = await openWriter(pool, db, { write: 'upsert', info: { localInfile } });
          await writer.write(batchOf([row(1, 'new'), row(2, 'a'), row(2, 'b')]));
          const { streams } = await writer.commit('p', false);
          await writer.close();
          assert.equal(countsOf(streams).written, 3);
          const rows = await select(pool, `SELECT id, v FROM ${db}.t ORDER BY id`);
          assert.deepEqual(rows, [
            ['1', 'new'],
            ['2', 'b'],
            ['9', 'old'],
          ]);
        }));

      it(`swallows no row by a second unique key (${way})`, () =>
        inPool(server, async (pool, db) => {
          await run(
            pool,
            `CREATE TABLE ${db}.t ${table(', UNIQUE (u)')}`,
            `INSERT INTO ${db}.t VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c')`,
          );
          const { writer, rejects } = await openWriter(pool, db, { write: 'upsert', info: { localInfile } });
          // 1 and 2 swap their values; 4 wants what 3 has.
          await writer.write(
            batchOf([row(1, 'x', 20), row(2, 'y', 10), row(4, 'z', 30), row(5, 'w', 50), row(5, 'W', 51)]),
          );
          const { streams } = await writer.commit('p', false);
          await writer.close();
          assert.deepEqual(countsOf(streams), { read: 5, written: 3, superseded: 1, alreadyApplied: 0, rejected: 1 });
          assert.deepEqual(
            rejects.map(({ code, row: text }) => [code, JSON.parse(text).id]),
            [['row.duplicate', '4']],
          );
          assert.deepEqual(await select(pool, `SELECT * FROM ${db}.t ORDER BY id`), [
            ['1', '20', 'x'],
            ['2', '10', 'y'],
            ['3', '30', 'c'],
            ['5', '51', 'W'],
          ]);
        }));

      it(`leaves alone the columns that are not its own (${way})`, () =>
        inPool(server, async (pool, db) => {
          await run(
            pool,
            `CREATE TABLE ${db}.t ${table(", mine VARCHAR(9) DEFAULT 'none'")}`,
            `INSERT INTO ${db}.t VALUES (1, 1, 'old', 'kept')`,
          );
          const { writer } = await openWriter(pool, db, { write: 'upsert', info: { localInfile } });
          await writer.write(batchOf([row(1, 'new'), row(2)]));
          await writer.commit('p', false);
          await writer.close();
          assert.deepEqual(await select(pool, `SELECT v, mine FROM ${db}.t ORDER BY id`), [
            ['new', 'kept'],
            ['v2', 'none'],
          ]);
        }));
    }

    it('refuses tables that it could only harm', () =>
      inPool(server, async (pool, db) => {
        const refused = async (keys: string, why: RegExp, create = `CREATE TABLE ${db}.t ${table(keys)}`) => {
          await run(pool, `DROP TABLE IF EXISTS ${db}.t`, create);
          const { writer } = await openWriter(pool, db, { write: 'upsert' });
          await assert.rejects(writer.write(rowsOf([row(1)])), { code: 'target.unwritable', message: why });
          await writer.abort();
        };
        await refused(', mine INT, UNIQUE (u)', /second unique key and columns that the stream does not fill \(mine\)/);
        await refused('', /no unique key on \(id\)/, `CREATE TABLE ${db}.t (id INT, u INT, v VARCHAR(8))`);
        await run(pool, `DROP TABLE ${db}.t`);
        const { writer } = await openWriter(pool, db);
        await assert.rejects(writer.write(rowsOf([row(1)])), { code: 'database.missing' });
        await writer.abort();
      }));

    it('applies changes in order, the last of each key', () =>
      inPool(server, async (pool, db) => {
        await run(
          pool,
          `CREATE TABLE ${db}.t ${table(', UNIQUE (u)')}`,
          `INSERT INTO ${db}.t VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, 'c')`,
        );
        const { writer, rejects } = await openWriter(pool, db, { write: 'upsert' });
        await writer.write(
          changesOf([
            ['update', '1', '99', 'tmp'],
            ['update', '2', '10', 'b2'],
            ['update', '1', '20', 'a2'],
          ]),
        );
        await writer.write(
          changesOf([
            ['delete', '3'],
            ['insert', '4', '30', 'd'],
            ['insert', '5', '5', 'e'],
            ['delete', '5'],
          ]),
        );
        const { streams } = await writer.commit('p', false);
        assert.deepEqual(rejects, []);
        assert.deepEqual(countsOf(streams), { read: 7, written: 5, superseded: 2, alreadyApplied: 0, rejected: 0 });
        assert.deepEqual(await select(pool, `SELECT * FROM ${db}.t ORDER BY id`), [
          ['1', '20', 'a2'],
          ['2', '10', 'b2'],
          ['4', '30', 'd'],
        ]);
        await writer.write(changesOf([['truncate'], ['put', '6', '6', 'f']]));
        await writer.commit('q', false);
        await writer.close();
        assert.deepEqual(await select(pool, `SELECT * FROM ${db}.t`), [['6', '6', 'f']]);
      }));

    it('marks deleted rows in soft_delete, and takes them back', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table(', _millrace_deleted_at DATETIME(6) NULL')}`);
        const { writer } = await openWriter(pool, db, { write: 'soft_delete' });
        await writer.write(rowsOf([row(1), row(2), row(3)]));
        await writer.commit('p', false);
        await writer.write(
          changesOf([
            ['delete', '1'],
            ['delete', '2'],
            ['insert', '2', '2', 'back'],
          ]),
        );
        await writer.commit('q', false);
        const sql = `SELECT id, v, _millrace_deleted_at IS NULL FROM ${db}.t ORDER BY id`;
        assert.deepEqual(await select(pool, sql), [
          ['1', 'v1', '0'],
          ['2', 'back', '1'],
          ['3', 'v3', '1'],
        ]);
        await writer.write(rowsOf([row(1, 'again')]));
        await writer.commit('r', false);
        await writer.close();
        assert.deepEqual((await select(pool, sql))[0], ['1', 'again', '1']);
      }));

    it('keeps the rows of other shards', () =>
      inPool(server, async (pool, db) => {
        await run(
          pool,
          `CREATE TABLE ${db}.t (id INT, u INT, v VARCHAR(8), shard VARCHAR(9) COLLATE utf8mb4_bin, PRIMARY KEY (id, shard), UNIQUE (u, shard))`,
          `INSERT INTO ${db}.t VALUES (1, 1, 'other', 'b')`,
        );
        const { writer } = await openWriter(pool, db, { write: 'upsert', constant: { column: 'shard', value: 'a' } });
        await writer.write(
          changesOf([
            ['insert', '1', '1', 'mine'],
            ['insert', '2', '2', 'mine'],
          ]),
        );
        await writer.commit('p', false);
        await writer.write(
          changesOf([
            ['delete', '1'],
            ['put', '2', '2', 'mine2'],
          ]),
        );
        await writer.commit('q', false);
        assert.deepEqual(await select(pool, `SELECT id, v, shard FROM ${db}.t ORDER BY id`), [
          ['1', 'other', 'b'],
          ['2', 'mine2', 'a'],
        ]);
        await writer.write(changesOf([['truncate']]));
        await writer.commit('r', false);
        await writer.close();
        assert.deepEqual(await select(pool, `SELECT id, v, shard FROM ${db}.t`), [['1', 'other', 'b']]);
      }));

    it('writes streams in turn, and many groups in one transaction', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t ${table()}`, `CREATE TABLE ${db}.other ${table()}`);
        const other = { ...schema, stream: { namespace: 'shop', name: 'other' } };
        const { writer } = await openWriter(pool, db);
        const size = 5000;
        for (let batch = 0; batch < 24; batch++) {
          const rows = Array.from({ length: size }, (_, at) => row(batch * size + at));
          await writer.write(rowsOf(rows, batch % 12 === 11 ? other : schema));
        }
        const { streams } = await writer.commit('p', false);
        await writer.close();
        assert.deepEqual(
          [...streams].map(([name, counts]) => [name, counts.written]),
          [
            [shop, 110_000],
            ['shop.other', 10_000],
          ],
        );
        assert.deepEqual(await select(pool, `SELECT COUNT(*), COUNT(DISTINCT v) FROM ${db}.t`), [['110000', '110000']]);
        assert.deepEqual(await select(pool, `SELECT COUNT(*) FROM ${db}.other`), [['10000']]);
      }));

    it('says once that local_infile is off', () =>
      inPool(server, async (_pool, db) => {
        await using made = testPool(server);
        await run(made.pool, `CREATE TABLE ${db}.t ${table()}`);
        for (const lane of ['a', 'b']) {
          const { writer } = await openWriter(made.pool, db, { info: { localInfile: false }, lane, write: 'upsert' });
          await writer.write(rowsOf([row(1)]));
          await writer.commit('p', false);
          await writer.close();
        }
        assert.deepEqual(
          made.events.map((event) => 'code' in event && event.code),
          ['load.local-infile-off'],
        );
      }));
  });
}
