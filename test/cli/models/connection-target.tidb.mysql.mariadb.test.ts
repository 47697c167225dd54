import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { folder } from '../command-line.ts';
import { dropSchemas } from './server-tables.ts';
import { SmallProject } from './small-project.ts';

/** A project whose profile no profiles.yml has, beside a millrace.yaml with these connections. */
function projectWith(path: string, connections: string): SmallProject {
  const project = new SmallProject(path, {
    'millrace.yaml': `name: small\npipelines: {}\nconnections:\n${connections}`,
    'models/a.sql': "select 1 as id, '{{ target.name }}/{{ target.get('password', 'none') }}' as target",
    'models/b.sql': "select id, {{ target.threads }} as threads from {{ ref('a') }}",
  });
  rmSync(join(path, 'profiles.yml'));
  project.env = { HOME: path };
  return project;
}

const compiled = (path: string, model = 'a') =>
  readFileSync(join(path, `target/compiled/small/models/${model}.sql`), 'utf8');

describe('connections of millrace.yaml as targets', () => {
  test('the only one that models run on is taken, another by its name, and which there are is said', async () => {
    using own = folder();
    const files = '  files: {type: csv, path: data}\n';
    const project = projectWith(own.path, `  here: {type: duckdb, path: here.duckdb, threads: 1}\n${files}`);
    const built = await project.run('build');
    assert.equal(built.code, 0, built.err);
    assert.match(compiled(own.path), /'here\/none'/);
    assert.match(compiled(own.path, 'b'), /4 as threads/);
    assert.equal((await project.run('build', '--threads', '7')).code, 0);
    assert.match(compiled(own.path, 'b'), /7 as threads/);
    const shown = await project.run('debug');
    assert.match(shown.out, /small in millrace\.yaml[\s\S]*here, duckdb, schema main, 4 threads/);

    const two =
      'name: small\npipelines: {}\nconnections:\n  here: {type: duckdb, path: here.duckdb}\n  there: {type: duckdb, path: there.duckdb}\n';
    project.write({ 'millrace.yaml': two });
    const asked = await project.run('run');
    assert.equal(asked.code, 2);
    assert.match(asked.err, /project\.profile[\s\S]*millrace\.yaml:3[\s\S]*here, there by `--target`/);
    assert.match((await project.run('run', '--target', 'nowhere')).err, /no connection "nowhere"[\s\S]*here, there by/);
    assert.equal((await project.run('run', '--target', 'there')).code, 0);
    assert.match(compiled(own.path), /'there\/none'/);
    project.write({ 'millrace.yaml': two.replaceAll('there', 'small') });
    assert.equal((await project.run('run')).code, 0);
    assert.match(compiled(own.path), /'small\/none'/);
  });

  test('profiles.yml comes first, a folder that is named stands alone, and without either the error names both ways', async () => {
    using own = folder();
    const project = projectWith(own.path, '  here: {type: duckdb, path: here.duckdb}\n');
    const named = await project.run('run', '--profiles-dir', 'nowhere');
    assert.equal(named.code, 2);
    assert.match(named.err, /project\.profile[\s\S]*no profiles\.yml in .*nowhere/);
    const other = 'other: {target: dev, outputs: {dev: {type: duckdb, schema: main}}}\n';
    project.write({ 'profiles.yml': other });
    assert.equal((await project.run('run')).code, 0);
    project.write({ 'profiles.yml': other.replace('other', 'small') });
    await project.run('run');
    assert.match(compiled(own.path), /'dev\/none'/);
    rmSync(join(own.path, 'millrace.yaml'));
    rmSync(join(own.path, 'profiles.yml'));
    assert.match((await project.run('run')).err, /project\.profile[\s\S]*profiles\.yml[\s\S]*millrace\.yaml/);
  });

  for (const type of ['tidb', 'mysql', 'mariadb'] as const) {
    test(`a connection to ${type}, with a password by reference, is built in by its database`, async () => {
      using own = folder();
      const schema = `mr_${randomBytes(5).toString('hex')}`;
      const password = `secret_${schema}`;
      const { hostname, port } = new URL(sharedUrl(type));
      const cluster = (more: string) =>
        `  cluster: {type: ${type === 'mariadb' ? 'mysql' : type}, host: ${hostname}, port: ${port}, user: ${schema}, password: {file: ${join(own.path, 'password')}}${more}}\n`;
      const project = projectWith(own.path, cluster(''));
      writeFileSync(join(own.path, 'password'), `${password}\n`);
      assert.match((await project.run('build')).err, /no `database`[\s\S]*millrace\.yaml:4/);
      project.write({
        'millrace.yaml': `name: small\npipelines: {}\nconnections:\n${cluster(`, database: ${schema}`)}`,
      });
      const connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
      try {
        await connection.query(`CREATE USER '${schema}'@'%' IDENTIFIED BY '${password}'`);
        await connection.query(`GRANT ALL ON *.* TO '${schema}'@'%'`);
        const told = await project.run('build');
        assert.equal(told.code, 0, told.err);
        const [rows] = await connection.query(`SELECT id, target FROM ${schema}.a JOIN ${schema}.b USING (id)`);
        assert.deepEqual(rows, [{ id: 1, target: 'cluster/none' }]);
      } finally {
        await connection.query(`DROP USER IF EXISTS '${schema}'@'%'`);
        await dropSchemas(connection, schema);
        await connection.end();
      }
    });
  }
});
