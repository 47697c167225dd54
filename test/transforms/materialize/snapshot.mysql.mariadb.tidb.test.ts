import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSnapshot, type SnapshotBuild } from '../../../transforms/materialize/index.ts';
import { inPlace, never, type Place, targets } from '../adapter/target.ts';

const names = {
  scdId: 'dbt_scd_id',
  updatedAt: 'dbt_updated_at',
  validFrom: 'dbt_valid_from',
  validTo: 'dbt_valid_to',
  isDeleted: 'dbt_is_deleted',
};
const column = (name: string) => ({ name, computed: false });
const byTime = { updatedAt: column('changed_at'), changedBy: 'time' } as const;

/** One round over the rows that are there now. */
async function round(place: Place, rows: readonly string[], more: Partial<SnapshotBuild> = {}, columns = COLUMNS) {
  const source = place.sql('src');
  const moment = place.type === 'duckdb' ? 'TIMESTAMP' : 'DATETIME(6)';
  const text = place.type === 'duckdb' ? 'VARCHAR' : 'VARCHAR(20)';
  const types: Record<string, string> = { id: 'INTEGER', part: 'INTEGER', v: text, w: text, changed_at: moment };
  const charset = place.type === 'duckdb' ? '' : ' DEFAULT CHARACTER SET utf8mb4';
  await place.run(`DROP TABLE IF EXISTS ${source}`);
  await place.run(`CREATE TABLE ${source} (${columns.map((name) => `${name} ${types[name]}`).join(', ')})${charset}`);
  if (rows.length > 0) await place.run(`INSERT INTO ${source} VALUES ${rows.map((row) => `(${row})`).join(', ')}`);
  const build: SnapshotBuild = {
    ...place.build('m', `SELECT * FROM ${source} -- all of it`),
    key: [column('id')],
    changedBy: 'all',
    hardDeletes: 'ignore',
    names,
    ...more,
  };
  return await buildSnapshot(place.session, build, { signal: never });
}

const COLUMNS = ['id', 'v'];
const TIMED = ['id', 'v', 'changed_at'];
const day = (number: number) => `'2024-01-0${number} 00:00:00'`;

/** The history, with its moments by their order: `t1` is the first. */
async function history(place: Place, columns: readonly string[], own = names): Promise<string[]> {
  const text = place.type === 'duckdb' ? 'VARCHAR' : 'CHAR';
  const told = [...columns, own.updatedAt, own.validFrom, own.validTo].map((name) => `CAST(${name} AS ${text})`);
  const rows = await place.rows(`SELECT ${told.join(', ')} FROM ${place.sql('m')}`);
  const moments = [...new Set(rows.flatMap((row) => row.match(MOMENT) ?? []))].sort();
  return rows.map((row) => row.replaceAll(MOMENT, (one) => `t${moments.indexOf(one) + 1}`).replaceAll("'", '')).sort();
}

const MOMENT = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?/g;

for (const type of targets) {
  describe(`snapshots on ${type}`, { concurrency: 4 }, () => {
    it('check: a changed row ends where its successor begins; NULL is a value, spaces and case count; an unchanged row stays', () =>
      inPlace(type, async (place) => {
        assert.equal((await round(place, ["1, 'a'", '2, NULL', "3, 'x'", "4, 'same'"])).rowsAffected, 4);
        assert.equal((await round(place, ["1, 'A'", "2, 'b'", "3, 'x '", "4, 'same'", "5, 'new'"])).rowsAffected, 4);
        assert.deepEqual(await history(place, COLUMNS), [
          ...['1, A, t2, t2, None', '1, a, t1, t1, t2', '2, None, t1, t1, t2', '2, b, t2, t2, None'],
          ...['3, x , t2, t2, None', '3, x, t1, t1, t2', '4, same, t1, t1, None', '5, new, t2, t2, None'],
        ]);
        assert.equal((await round(place, ["1, 'A'", '2, NULL', "3, 'x '", "4, 'same'"])).rowsAffected, 1);
        assert.deepEqual(
          (await history(place, COLUMNS)).filter((row) => row.startsWith('2')),
          ['2, None, t1, t1, t2', '2, None, t3, t3, None', '2, b, t2, t2, t3'],
        );
        assert.equal((await round(place, ["1, 'A'", '2, NULL', "3, 'x '", "4, 'same'"])).rowsAffected, 0);
        const ids = await place.rows(`SELECT COUNT(*), COUNT(DISTINCT dbt_scd_id) FROM ${place.sql('m')}`);
        assert.deepEqual(ids, ['9, 9']);
      }));

    it('check by some columns looks at no other', () =>
      inPlace(type, async (place) => {
        const columns = ['id', 'v', 'w'];
        const some = { changedBy: ['V'] };
        await round(place, ["1, 'a', 'x'", "2, 'a', 'x'"], some, columns);
        await round(place, ["1, 'a', 'y'", "2, 'b', 'y'"], some, columns);
        assert.deepEqual(await history(place, columns), ['1, a, x, t1, t1, None', '2, a, x, t1, t1, t2', '2, b, y, t2, t2, None']); // biome-ignore format: a list
      }));

    it('timestamp: a later moment makes a row another, and nothing else does', () =>
      inPlace(type, async (place) => {
        await round(place, [`1, 'a', ${day(1)}`, `2, 'a', ${day(2)}`, `3, 'a', ${day(2)}`], byTime, TIMED);
        await round(place, [`1, 'b', ${day(3)}`, `2, 'b', ${day(1)}`, `3, 'b', ${day(2)}`], byTime, TIMED);
        assert.deepEqual(await history(place, COLUMNS), ['1, a, t1, t1, t3', '1, b, t3, t3, None', '2, a, t2, t2, None', '3, a, t2, t2, None']); // biome-ignore format: a list
      }));

    it('rows that are gone: ignored, ended, or recorded; and what comes back', () =>
      inPlace(type, async (place) => {
        const rounds = async (hardDeletes: SnapshotBuild['hardDeletes'], more: string[] = []) => {
          await place.run(`DROP TABLE IF EXISTS ${place.sql('m')}`);
          for (const rows of [["1, 'a'", "2, 'a'"], ["2, 'a'"], ["2, 'a'"], ["1, 'a'", "2, 'a'"]])
            await round(place, rows, { hardDeletes });
          return (await history(place, [...COLUMNS, ...more])).filter((row) => row.startsWith('1'));
        };
        assert.deepEqual(await rounds('ignore'), ['1, a, t1, t1, None']);
        assert.deepEqual(await rounds('invalidate'), ['1, a, t1, t1, t2', '1, a, t3, t3, None']);
        assert.deepEqual(await rounds('new_record', ['dbt_is_deleted']), [
          ...['1, a, False, t1, t1, t2', '1, a, False, t3, t3, None', '1, a, True, t2, t2, t3'],
        ]);
      }));

    it('a key of several columns, and one that is computed', () =>
      inPlace(type, async (place) => {
        const columns = ['id', 'part', 'v'];
        const both = { key: [column('id'), column('part')] };
        await round(place, ["1, 1, 'a'", "1, 2, 'a'", "2, 1, 'a'"], both, columns);
        await round(place, ["1, 1, 'a'", "1, 2, 'b'", "2, 1, 'a'"], both, columns);
        const expected = ['1, 1, a, t1, t1, None', '1, 2, a, t1, t1, t2', '1, 2, b, t2, t2, None', '2, 1, a, t1, t1, None']; // biome-ignore format: a list
        assert.deepEqual(await history(place, columns), expected);
        await place.run(`DROP TABLE ${place.sql('m')}`);
        const more = (table: string) => `SELECT r.*, (id * 10 + part) AS _millrace_key_1 FROM ${table} AS r`;
        const computed = {
          ...place.build('m', more(place.sql('src'))),
          key: [{ name: '_millrace_key_1', computed: true }],
          kept: more(place.sql('m')),
        };
        await round(place, ["1, 1, 'a'", "1, 2, 'a'", "2, 1, 'a'"], computed, columns);
        await round(place, ["1, 1, 'a'", "1, 2, 'b'", "2, 1, 'a'"], computed, columns);
        assert.deepEqual(await history(place, columns), expected);
        assert.deepEqual((await place.session.columns(place.name('m'))).map(({ name }) => name), [...columns, ...Object.values(names).slice(0, 4)]); // biome-ignore format: a list
      }));

    it('own names of columns, and an end that is a date far off', () =>
      inPlace(type, async (place) => {
        const own = { scdId: 'hist id', updatedAt: 'told', validFrom: 'since', validTo: 'ends', isDeleted: 'gone' };
        const openEnd = "SELECT CAST('9999-12-31' AS DATE) AS x";
        const more = { names: own, openEnd, hardDeletes: 'new_record' } as const;
        await round(place, ["1, 'a'", "2, 'a'", "3, 'a'"], more);
        await round(place, ["1, 'b'", "3, 'a'"], more);
        assert.deepEqual(await history(place, [...COLUMNS, 'gone'], own), [
          ...['1, a, False, t1, t1, t2', '1, b, False, t2, t2, t3', '2, a, False, t1, t1, t2'],
          ...['2, a, True, t2, t2, t3', '3, a, False, t1, t1, t3'],
        ]);
        const ends = await place.rows(`SELECT COUNT(*) FROM ${place.sql('m')} WHERE ends = '9999-12-31 00:00:00'`);
        assert.deepEqual(ends, ['3']);
      }));

    it('a column that the source gains is added; one that it loses is NULL in what follows; text grows', () =>
      inPlace(type, async (place) => {
        await round(place, ["1, 'a'", "2, 'a'"]);
        await round(place, ["1, 'a', 'w'", "2, 'a', NULL"], {}, ['id', 'v', 'w']);
        await round(place, ["1, 'w'", '2, NULL'], {}, ['id', 'w']);
        assert.deepEqual(await history(place, ['id', 'v', 'w']), [
          ...['1, a, None, t1, t1, t2', '1, a, w, t2, t2, None', '2, a, None, t1, t1, t2', '2, a, None, t2, t2, None'],
        ]);
        const long = 'y'.repeat(2000);
        const grown = type === 'duckdb' ? `'${long}'` : `CAST('${long}' AS CHAR(2000))`;
        await round(place, [], place.build('m', `SELECT 1 AS id, ${grown} AS w UNION ALL SELECT 2, 'n'`));
        const held = `SELECT id, LENGTH(w) FROM ${place.sql('m')} WHERE dbt_valid_to IS NULL ORDER BY id`;
        assert.deepEqual(await place.rows(held), ['1, 2000', '2, 1']);
      }));

    it('a key twice, a column that is not there, a table that is no history and a view are refused, and nothing changes', () =>
      inPlace(type, async (place) => {
        await assert.rejects(round(place, ["1, 'a'", "1, 'b'"]), { code: 'model.key', message: /several rows/ });
        await assert.rejects(round(place, [], { key: [column('nowhere')] }), { code: 'model.key', message: /nowhere/ });
        await assert.rejects(round(place, [], { changedBy: ['nowhere'] }), { code: 'model.invalid' });
        await place.run(`CREATE VIEW ${place.sql('m')} AS SELECT 1 AS id`);
        await assert.rejects(round(place, []), { code: 'schema.refused' });
        await place.run(`DROP VIEW ${place.sql('m')}`, `CREATE TABLE ${place.sql('m')} (id INTEGER, v CHAR(1))`);
        await assert.rejects(round(place, []), { code: 'model.changed', message: /dbt_scd_id/ });
        await place.run(`DROP TABLE ${place.sql('m')}`);
        await round(place, ["1, 'a'", 'NULL, NULL', 'NULL, NULL']);
        await assert.rejects(round(place, ["1, 'b'", "1, 'c'"]), { code: 'model.key' });
        assert.deepEqual((await history(place, COLUMNS)).slice(0, 1), ['1, a, t1, t1, None']);
      }));

    if (type !== 'duckdb') {
      it('a history that another tool began goes on, whatever its collation', () =>
        inPlace(type, async (place) => {
          const meta =
            'dbt_scd_id VARCHAR(32), dbt_updated_at DATETIME, dbt_valid_from DATETIME, dbt_valid_to DATETIME';
          await place.run(
            `CREATE TABLE ${place.sql('m')} (id VARCHAR(9), v VARCHAR(20), ${meta}) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci`,
            `INSERT INTO ${place.sql('m')} VALUES ('x', 'a', 'id of x', ${day(1)}, ${day(1)}, NULL), ('y', 'a', 'id of y', ${day(1)}, ${day(1)}, NULL)`,
          );
          const rows =
            "SELECT 'x' AS id, 'a' AS v, CAST('2024-01-01' AS DATETIME) AS changed_at UNION ALL SELECT 'y', 'A', CAST('2024-01-02' AS DATETIME)";
          await round(place, [], { ...place.build('m', rows), ...byTime });
          assert.deepEqual(await history(place, COLUMNS), [
            'x, a, t1, t1, None',
            'y, A, t2, t2, None',
            'y, a, t1, t1, t2',
          ]);
        }));

      it('moments are DATETIME(6), text is told apart byte by byte, and keys have indexes', () =>
        inPlace(type, async (place) => {
          await round(place, [`1, 'a', ${day(1)}`], byTime, TIMED);
          const [created] = await place.rows(`SHOW CREATE TABLE ${place.sql('m')}`);
          for (const name of ['dbt_updated_at', 'dbt_valid_from', 'dbt_valid_to'])
            assert.match(created!, new RegExp(`\`${name}\` datetime\\(6\\)`));
          assert.match(created!, /COLLATE=utf8mb4_bin/);
          for (const name of ['id', 'dbt_scd_id']) assert.match(created!, new RegExp(`KEY \`\\w+\` \\(\`${name}\``));
        }));
    }
  });
}
