import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type Connection, createConnection } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { folder } from '../command-line.ts';
import { dropSchemas } from './server-tables.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

const model = (materialized: string, more = '') =>
  `{{ config(materialized='${materialized}'${more}) }} select 1 as id, 'a' as name`;

for (const type of ['tidb', 'mysql', 'mariadb'] as const) {
  test(`grants on ${type} become what is configured, and stay where nothing is`, async () => {
    using own = folder();
    const schema = `mr_${randomBytes(5).toString('hex')}`;
    const users = ['reader', 'writer', 'other'].map((name) => `${name}_${schema}`);
    const [reader, writer, other] = users as [string, string, string];
    const project = new SmallProject(own.path, {
      'models/a_table.sql': model('table'),
      'models/a_view.sql': model('view'),
      'models/rows_added.sql': model('incremental'),
      'models/left_alone.sql': model('table', ', grants={}'),
      'seeds/seeded.csv': 'id\n1\n',
    });
    const grants = (text: string) =>
      project.write({
        'models/models.yml': `models:\n${['a_table', 'a_view', 'rows_added']
          .map((name) => `  - {name: ${name}, config: {grants: ${text}}}\n`)
          .join('')}seeds:\n  - {name: seeded, config: {grants: ${text}}}\n`,
      });
    writeProfile(own.path, type, sharedUrl(type), schema, 'small');
    const connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
    const build = async () => {
      const told = await project.run('build');
      assert.equal(told.code, 0, told.err);
      return await rights(connection, schema);
    };
    const tables = ['a_table', 'a_view', 'rows_added', 'seeded'];
    try {
      for (const user of users) await connection.query(`CREATE USER '${user}'@'%'`);
      grants(`{select: [${reader}], insert: ["'${writer}'@'%'"]}`);
      const both = tables.flatMap((table) => [`${table} ${reader} Select`, `${table} ${writer} Insert`]);
      assert.deepEqual(await build(), both);
      assert.deepEqual(await build(), both, 'a table that is swapped in has them');
      await connection.query(`GRANT UPDATE ON ${schema}.a_table TO '${other}'@'%'`);
      await connection.query(`GRANT SELECT ON ${schema}.left_alone TO '${other}'@'%'`);
      grants(`{select: ["${reader}@%", ${writer}]}`);
      const alone = `left_alone ${other} Select`;
      const readers = tables.flatMap((table) => [`${table} ${reader} Select`, `${table} ${writer} Select`]);
      assert.deepEqual(await build(), [...readers, alone].sort());
      grants('{select: []}');
      assert.deepEqual(await build(), [alone]);
      grants(`{"select on *.* to x; --": [${reader}]}`);
      assert.equal((await project.run('build')).code, 1);
      assert.deepEqual(await rights(connection, schema), [alone]);
    } finally {
      for (const user of users) await connection.query(`DROP USER IF EXISTS '${user}'@'%'`);
      await dropSchemas(connection, schema);
      await connection.end();
    }
  });
}

async function rights(connection: Connection, schema: string): Promise<string[]> {
  const [rows] = await connection.query<never>(
    `SELECT CONCAT_WS(' ', Table_name, User, Table_priv) AS line FROM mysql.tables_priv WHERE Db = '${schema}' AND Table_priv <> ''`,
  );
  return (rows as readonly { readonly line: string }[]).map(({ line }) => line).sort();
}
