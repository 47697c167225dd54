import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type ModelSession, modelServers, modelSession } from '../dialect/servers.ts';
import { macroNames, renderOn } from './macro-scope.ts';
import { macroCases, refusedCalls, safeCasts } from './values.ts';

describe('macros across databases', () => {
  const sessions: ModelSession[] = [];
  before(async () => {
    for (const server of modelServers) sessions.push(await modelSession(server));
  });
  after(() => Promise.all(sessions.map((session) => session[Symbol.asyncDispose]())));

  const on = async (session: ModelSession, source: string) => {
    const ask = async (sql: string) => (await session.rows(sql))[0]![0]!.replace('number:', '');
    const sql = await renderOn({ server: session.server, ask }, source);
    const rows = await session.rows(sql);
    assert.deepEqual(await session.warnings(), [], sql);
    return { sql, rows };
  };

  for (const { title, sql, rows, not = [] } of macroCases) {
    test(title, async () => {
      const duckdb = sessions.find(({ server }) => server === 'duckdb')!;
      const expected = (await on(duckdb, sql)).rows;
      assert.ok(expected.length > 0);
      if (rows !== undefined) assert.deepEqual(expected, rows);
      for (const session of sessions.filter(({ server }) => server !== 'duckdb' && !not.includes(server))) {
        const got = await on(session, sql);
        assert.deepEqual(got.rows, expected, `${session.server}: ${got.sql}`);
      }
    });
  }

  for (const server of ['tidb', 'mysql', 'mariadb'] as const) {
    test(`what is not safe to cast fails no table on ${server}`, async () => {
      const session = sessions.find((one) => one.server === server)!;
      const database = `mr_${randomBytes(6).toString('hex')}`;
      await session.rows(`create database ${database} character set utf8mb4 collate utf8mb4_bin`);
      try {
        await session.rows(`create table ${database}.t (a text, b text)`);
        for (const { sql } of safeCasts) {
          const select = await renderOn({ server }, sql);
          await session.rows(`insert into ${database}.t ${select}`);
          assert.deepEqual(await session.warnings(), [], select);
        }
        assert.ok(safeCasts.length > 8);
      } finally {
        await session.rows(`drop database ${database}`);
      }
    });

    test(`in the dialect of MySQL on ${server} they mean the same`, async () => {
      await using session = await modelSession(server, 'mysql');
      const ask = async (sql: string) => (await session.rows(sql))[0]![0]!.replace('number:', '');
      const standard = sessions.find((one) => one.server === server)!;
      // Not those whose own code is in the standard dialect.
      const cases = macroCases.filter(
        ({ sql, not = [] }) => !/type_|literal|as timestamp/.test(sql) && !not.includes(server),
      );
      for (const { sql } of cases) {
        const expected = await on(standard, sql);
        const got = await session.rows(await renderOn({ server, dialect: 'mysql', ask }, sql));
        assert.deepEqual(got, expected.rows, expected.sql);
      }
      assert.ok(cases.length > 60);
    });
  }

  test('hash on MySQL without the component of old hashes fails, and is no other hash', async () => {
    const mysql = sessions.find(({ server }) => server === 'mysql')!;
    const sql = await renderOn({ server: 'mysql' }, 'select {{ dbt.hash("\'a\'") }} as a');
    assert.equal(sql, "select md5(cast('a' as char)) as a");
    await mysql.rows(sql).then(
      (rows) => assert.deepEqual(rows, [['text:0cc175b9c0f1b6a831c399e269772661']]),
      (thrown: Error) => assert.match(thrown.message, /md5 does not exist|No database selected/i),
    );
  });

  for (const [source, says] of refusedCalls) {
    for (const server of ['tidb', 'mysql', 'mariadb'] as const) {
      test(`stops on ${server}: ${source}`, () => assert.rejects(renderOn({ server }, source), says));
    }
  }

  test('every macro is called by a case', () => {
    const called = [...macroCases.map(({ sql }) => sql), ...refusedCalls.map(([source]) => source)].join('\n');
    const through = ['get_intervals_between'];
    assert.deepEqual(
      macroNames.filter((name) => !called.includes(`dbt.${name}(`) && !through.includes(name)),
      [],
    );
  });
});
