import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IncrementalBuild } from '../../../transforms/materialize/index.ts';
import { buildIncremental } from '../../../transforms/materialize/index.ts';
import { inPlace, never, type Place, targets } from '../adapter/target.ts';
import { deletePlan } from './delete-plan.ts';

type More = Partial<IncrementalBuild>;

async function build(place: Place, sql: string, more: More = {}) {
  const all: IncrementalBuild = {
    ...place.build('m', sql),
    strategy: { kind: 'append' },
    onSchemaChange: 'ignore',
    fullRefresh: false,
    ...more,
  };
  return await buildIncremental(place.session, all, { signal: never });
}

/** `SELECT 1 AS id, 'a' AS v UNION ALL ...` */
function values(columns: readonly string[], ...rows: readonly (readonly string[])[]): string {
  const [first, ...rest] = rows;
  const named = `SELECT ${columns.map((name, at) => `${first![at]} AS ${name}`).join(', ')}`;
  return [named, ...rest.map((row) => `SELECT ${row.join(', ')}`)].join(' UNION ALL ');
}

const rowsOf = (place: Place, order = '1, 2') => place.rows(`SELECT * FROM ${place.sql('m')} ORDER BY ${order}`);
const byId = { strategy: { kind: 'delete+insert', key: ['id'] } } as const;
const merging = { strategy: { kind: 'merge', key: ['id'] } } as const;

for (const type of targets) {
  describe(`incremental models on ${type}`, { concurrency: 4 }, () => {
    it('append adds rows; a view in the way becomes a table; a full refresh builds anew', () =>
      inPlace(type, async (place) => {
        await place.run(`CREATE VIEW ${place.sql('m')} AS SELECT 0 AS id, 'z' AS v`);
        assert.equal((await build(place, values(['id', 'v'], ['1', "'a'"]))).rowsAffected, 1);
        const more = await build(place, `${values(['id', 'v'], ['1', "'a'"], ['2', "'a longer text'"])} -- tail`);
        assert.equal(more.rowsAffected, 2);
        assert.deepEqual(await rowsOf(place), ["1, 'a'", "1, 'a'", "2, 'a longer text'"]);
        await build(place, values(['id', 'v'], ['3', "'c'"]), { fullRefresh: true });
        assert.deepEqual(await rowsOf(place), ["3, 'c'"]);
      }));

    it('delete+insert replaces rows by key; NULL matches nothing; rows of one key all come in', () =>
      inPlace(type, async (place) => {
        const columns = ['id', 'v'];
        await build(place, values(columns, ['1', "'old'"], ['2', "'old'"], ['2', "'older'"], ['NULL', "'null'"]), byId);
        const built = await build(
          place,
          values(columns, ['2', "'new'"], ['2', "'new too'"], ['NULL', "'null'"], ['3', "'c'"]),
          byId,
        );
        assert.equal(built.rowsAffected, 4);
        assert.deepEqual((await rowsOf(place)).toSorted(), [
          ...["1, 'old'", "2, 'new too'", "2, 'new'", "3, 'c'"],
          ...["None, 'null'", "None, 'null'"],
        ]);
      }));

    it('a key of two columns matches pairs and not their cross; text keys match byte by byte', () =>
      inPlace(type, async (place) => {
        const key = { strategy: { kind: 'delete+insert', key: ['a', 'b'] } } as const;
        const columns = ['a', 'b', 'v'];
        const old = [['1', "'x'", '0'], ['2', "'y'", '0'], ['1', "'y'", '0'], ['1', "'X'", '0'], ['1', "'x '", '0']]; // biome-ignore format: a table
        await build(place, values(columns, ...old), key);
        await build(place, values(columns, ['1', "'x'", '1'], ['2', "'y'", '1']), key);
        const kept = await place.rows(`SELECT a, b, v FROM ${place.sql('m')} WHERE v = 0`);
        assert.deepEqual(kept.toSorted(), ["1, 'X', 0", ...spaced(type), "1, 'y', 0"].toSorted());
      }));

    it('merge updates and inserts; columns that are left out keep their values; a predicate limits what is looked at', () =>
      inPlace(type, async (place) => {
        const columns = ['id', 'v', 'w'];
        await build(place, values(columns, ['1', "'a'", '1'], ['2', "'b'", '1']), merging);
        await build(place, values(columns, ['2', "'B'", '2'], ['3', "'C'", '2'], ['NULL', "'N'", '2']), merging);
        assert.deepEqual((await rowsOf(place)).toSorted(), ["1, 'a', 1", "2, 'B', 2", "3, 'C', 2", "None, 'N', 2"]);
        await build(place, values(columns, ['1', "'x'", '9']), { strategy: { ...merging.strategy, exclude: ['V'] } });
        await build(place, values(columns, ['2', "'x'", '9']), { strategy: { ...merging.strategy, update: ['w'] } });
        assert.deepEqual((await rowsOf(place)).toSorted(), ["1, 'a', 9", "2, 'B', 9", "3, 'C', 2", "None, 'N', 2"]);
        const predicates = ['DBT_INTERNAL_DEST.w < 5 -- recent'];
        await build(place, values(columns, ['3', "'D'", '7'], ['1', "'D'", '7']), { ...merging, predicates });
        assert.deepEqual((await rowsOf(place)).toSorted(), [
          "1, 'D', 7",
          "1, 'a', 9",
          "2, 'B', 9",
          "3, 'D', 7",
          "None, 'N', 2",
        ]);
      }));

    it('merge refuses new rows that have one key twice, and changes nothing', () =>
      inPlace(type, async (place) => {
        await build(place, values(['id', 'v'], ['1', "'a'"]), merging);
        const twice = build(place, values(['id', 'v'], ['1', "'b'"], ['1', "'c'"]), merging);
        await assert.rejects(twice, { code: 'model.key', message: /several rows/ });
        assert.deepEqual(await rowsOf(place), ["1, 'a'"]);
      }));

    it('a key that is no column is named', () =>
      inPlace(type, async (place) => {
        const wrong = { strategy: { kind: 'delete+insert', key: ['nowhere'] } } as const;
        await build(place, values(['id', 'v'], ['1', "'a'"]));
        await assert.rejects(build(place, values(['id', 'v'], ['1', "'a'"]), wrong), {
          code: 'model.key',
          message: /nowhere/,
        });
      }));

    it('a predicate limits what is deleted, by the columns of the old rows', () =>
      inPlace(type, async (place) => {
        await build(place, values(['id', 'v'], ['1', "'a'"], ['1', "'b'"]), byId);
        await build(place, values(['id', 'v'], ['1', "'c'"]), { ...byId, predicates: ["v = 'a'"] });
        assert.deepEqual(await rowsOf(place), ["1, 'b'", "1, 'c'"]);
      }));

    it('microbatch replaces a span of time', () =>
      inPlace(type, async (place) => {
        const day = (text: string) => `CAST('${text}' AS ${type === 'duckdb' ? 'TIMESTAMP' : 'DATETIME'})`;
        const batch = (from: string, to: string) =>
          ({ strategy: { kind: 'microbatch', eventTime: 'moment', from: `'${from}'`, to: `'${to}'` } }) as const;
        await build(
          place,
          values(
            ['moment', 'v'],
            [day('2024-01-01 23:59:59'), '1'],
            [day('2024-01-02'), '1'],
            [day('2024-01-03'), '1'],
          ),
          batch('2024-01-01', '2024-01-04'),
        );
        await build(
          place,
          values(['moment', 'v'], [day('2024-01-02 10:00:00'), '2']),
          batch('2024-01-02', '2024-01-03'),
        );
        assert.deepEqual(await place.rows(`SELECT v FROM ${place.sql('m')} ORDER BY moment`), ['1', '2', '1']);
      }));

    it('on_schema_change: each of the four', () =>
      inPlace(type, async (place) => {
        const wide = values(['id', 'v', 'extra'], ['2', "'b'", "'more'"]);
        await build(place, values(['id', 'v'], ['1', "'a'"]));
        await build(place, wide);
        assert.deepEqual(await rowsOf(place), ["1, 'a'", "2, 'b'"], 'ignore leaves the new column out');
        await assert.rejects(build(place, wide, { onSchemaChange: 'fail' }), {
          code: 'model.changed',
          message: /new: extra/,
        });
        await build(place, wide, { onSchemaChange: 'append_new_columns', ...byId });
        assert.deepEqual(await rowsOf(place), ["1, 'a', None", "2, 'b', 'more'"]);
        const narrow = values(['id'], ['3']);
        await assert.rejects(build(place, narrow), { code: 'model.changed', message: /no longer gives v, extra/ });
        await build(place, narrow, { onSchemaChange: 'append_new_columns' });
        assert.deepEqual((await rowsOf(place)).at(-1), '3, None, None');
        await build(place, values(['id', 'n'], ['4', '5']), { onSchemaChange: 'sync_all_columns', ...merging });
        assert.deepEqual(await rowsOf(place, '1'), ['1, None', '2, None', '3, None', '4, 5']);
      }));

    it('a type that grows is followed by sync_all_columns, and else fails without losing a digit', () =>
      inPlace(type, async (place) => {
        await build(place, 'SELECT CAST(1.5 AS DECIMAL(4,1)) AS d, 1 AS id');
        const finer = 'SELECT CAST(1.2345 AS DECIMAL(10,4)) AS d, 2 AS id';
        await assert.rejects(build(place, finer, { onSchemaChange: 'fail' }), {
          code: 'model.changed',
          message: /another type: d/,
        });
        await build(place, finer, { onSchemaChange: 'sync_all_columns' });
        assert.deepEqual(await place.rows(`SELECT d FROM ${place.sql('m')} ORDER BY id`), [
          "Decimal('1.5000')",
          "Decimal('1.2345')",
        ]);
      }));

    it('rows that do not fit take nothing with them: the old ones stay', () =>
      inPlace(type, async (place) => {
        await build(place, 'SELECT 1 AS id, CAST(1.5 AS DECIMAL(4,1)) AS d', byId);
        const finer = 'SELECT 1 AS id, CAST(1.25 AS DECIMAL(10,2)) AS d';
        if (type !== 'duckdb') await assert.rejects(build(place, finer, byId), { code: 'model.lossy' });
        await assert.rejects(build(place, 'SELECT 1 AS id, CAST(123456.5 AS DECIMAL(10,1)) AS d', byId));
        assert.deepEqual(await rowsOf(place), ["1, Decimal('1.5')"]);
      }));

    if (type !== 'duckdb') {
      it('rows of a hundred thousand are found by an index, also in a table that has none', () =>
        inPlace(type, async (place) => {
          for (const line of await deletePlan(place)) assert.match(line, /index/, line);
        }));
    }
  });
}

/** MySQL's utf8mb4_bin pads with spaces on all servers of the family: `x` and `x ` are one key there. */
function spaced(type: string): string[] {
  return type === 'duckdb' ? ["1, 'x ', 0"] : [];
}
