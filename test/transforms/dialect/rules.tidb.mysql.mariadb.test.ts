import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { adaptSql, rules } from '../../../transforms/dialect/adapt.ts';
import { differences, FAILS } from '../../../transforms/dialect/difference.ts';
import { type ModelSession, modelServers, modelSession, type Rows } from './servers.ts';

const servers = modelServers.filter((server) => server !== 'duckdb');

/** Values of one row as the document writes them. */
function written(rows: Rows): string {
  const [row] = rows;
  return row!.map((value) => (value === null ? 'NULL' : value.slice(value.indexOf(':') + 1))).join(', ');
}

describe('what docs/dialect.md lists', () => {
  const sessions: ModelSession[] = [];
  before(async () => {
    for (const server of modelServers) sessions.push(await modelSession(server));
  });
  after(() => Promise.all(sessions.map((session) => session[Symbol.asyncDispose]())));

  const at = (server: string) => sessions.find((session) => session.server === server)!;

  for (const { title, examples } of rules) {
    for (const example of examples) {
      for (const server of servers) {
        test(`${title} on ${server} as on DuckDB: ${example}`, async () => {
          const expected = await at('duckdb').rows(example);
          assert.ok(expected.length > 0);
          const sent = adaptSql(example, { dialect: 'standard', server, name: 'model.sql' });
          assert.deepEqual(await at(server).rows(sent), expected, sent);
          assert.deepEqual(await at(server).warnings(), [], sent);
        });
      }
    }
  }

  for (const { about, example, there, here, except } of differences) {
    test(`as described, without a rule: ${about}`, async () => {
      const onDuckdb = at('duckdb').rows(example);
      if (there === FAILS) await assert.rejects(onDuckdb);
      else assert.equal(written(await onDuckdb), there);
      for (const server of servers) {
        const rows = at(server).rows(adaptSql(example, { dialect: 'standard', server, name: 'model.sql' }));
        const expected = except?.[server] ?? here;
        if (expected === FAILS) await assert.rejects(rows, server);
        else assert.equal(written(await rows), expected, server);
        assert.notEqual(there, here);
      }
    });
  }

  for (const server of servers) {
    test(`statements in dialect mysql are what ${server} takes them for`, async () => {
      await using session = await modelSession(server, 'mysql');
      const sql = 'select "a" || 0 as a, "it\\\'s" as b, `c` as c from (select 5 as `c`) t # rest';
      const sent = adaptSql(sql, { dialect: 'mysql', server, name: 'model.sql' });
      assert.deepEqual(await session.rows(sent), [['number:0', "text:it's", 'number:5']]);
    });

    test(`a recursion and a long text are whole on ${server}`, async () => {
      const sql =
        'with recursive t as (select 1 as n union all select n + 1 from t where n < 3000) ' +
        "select count(*) as a, length(group_concat(n || 'x')) as b from t";
      const sent = adaptSql(sql, { dialect: 'standard', server, name: 'model.sql' });
      const digits = 9 + 2 * 90 + 3 * 900 + 4 * 2001;
      assert.deepEqual(await at(server).rows(sent), [['number:3000', `number:${digits + 3000 + 2999}`]]);
    });

    test(`a view on ${server} means the same in a session of other settings`, async () => {
      const database = `mr_${randomBytes(6).toString('hex')}`;
      const name = `${database}.v`;
      const sql = `create view ${name} as select 'a\\d' || "x" as a, 'a!_' like 'a!!!_' escape '!' as b from (select '\\' as "x") t`;
      await at(server).rows(`create database ${database}`);
      try {
        await at(server).rows(adaptSql(sql, { dialect: 'standard', server, name: 'model.sql' }));
        await using other = await modelSession(server, 'mysql');
        assert.deepEqual(await other.rows(`select * from ${name}`), [['text:a\\d\\', 'number:1']]);
      } finally {
        await at(server).rows(`drop database ${database}`);
      }
    });
  }
});
