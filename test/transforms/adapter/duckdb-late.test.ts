import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inPlace } from './target.ts';

/** Fails at its last row, long after the first ones are read. */
const late = `select cast(case when i = 999999 then 'x' else '1' end as integer) as n from range(1000000) t(i)`;

describe('a query of DuckDB that fails in the middle', () => {
  for (const options of [{}, { fetch: true }, { fetch: true, limit: 10 }])
    test(`is an error with its reason: ${JSON.stringify(options)}`, () =>
      inPlace('duckdb', async ({ session }) => {
        await assert.rejects(session.execute(late, options), /Could not convert string 'x'/);
        await assert.rejects(session.execute(`from (${late})`, options), /Could not convert string 'x'/);
        await assert.rejects(
          session.execute(`with l as (${late}) select * from l -- all`, options),
          /Could not convert/,
        );
        // The session is as good as before.
        assert.equal((await session.execute('select 7', { fetch: true })).table?.rows[0]?.[0], 7);
        await session.begin();
        await session.commit();
      }));

  test('is an error inside of a transaction', () =>
    inPlace('duckdb', async ({ session, schema }) => {
      await session.createSchema({ database: null, schema });
      for (const begin of ['BEGIN', 'START TRANSACTION']) {
        await session.execute(begin);
        await session.execute(`create table ${schema}.kept as select 1 as n`);
        await assert.rejects(session.execute(late), { code: 'database.refused', message: /failed while its rows/ });
        await session.rollback();
        await assert.rejects(session.execute(`select * from ${schema}.kept`), { code: 'database.missing' });
      }
    }));

  test('keeps what a query itself changes where it is whole', () =>
    inPlace('duckdb', async ({ session, schema }) => {
      await session.createSchema({ database: null, schema });
      await session.execute(`create sequence ${schema}.numbers`);
      const next = async () =>
        (await session.execute(`select nextval('${schema}.numbers')`, { fetch: true })).table?.rows[0]?.[0];
      assert.deepEqual([await next(), await next()], [1, 2]);
      await session.execute(`create table ${schema}.t (n integer)`);
      await session.execute(`with x as (select 5 as n) insert into ${schema}.t select n from x`);
      assert.equal((await session.execute(`select n from ${schema}.t`, { fetch: true })).table?.rows[0]?.[0], 5);
    }));
});
