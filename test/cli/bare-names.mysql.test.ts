import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openDatabase } from '../pipeline.ts';
import { folder, millrace } from './command-line.ts';

/** A project of two connections to one server: with a database, and without one. */
function project(url: string, database: string, more: string): string {
  const { port } = new URL(url);
  return `name: test
connections:
  shop: { type: mysql, host: 127.0.0.1, port: ${port}, user: root, database: ${database} }
  all: { type: mysql, host: 127.0.0.1, port: ${port}, user: root }
  copy: { type: duckdb, path: copy.duckdb }
  copies: { type: duckdb, path: copies.duckdb }
pipelines:
${more}`;
}

it('a name without a database is of the one that the connection names; where several have it, it is refused', async () => {
  await using shop = await openDatabase('mysql');
  await using other = await openDatabase('mysql');
  using home = folder();
  for (const [database, id] of [
    [shop, 1],
    [other, 2],
  ] as const) {
    await database.run('CREATE TABLE {db}.orders (id INT PRIMARY KEY)', `INSERT INTO orders VALUES (${id})`);
  }
  const go = (...words: string[]) => millrace(home.path, words);
  writeFileSync(
    join(home.path, 'millrace.yaml'),
    project(
      shop.url,
      shop.name,
      `  one: { from: shop, to: copy, streams: [orders] }
  both: { from: all, to: copies, streams: ['${shop.name}.orders', '${other.name}.orders'] }
`,
    ),
  );
  const preview = await go('preview', 'orders', 'shop', '--json');
  assert.deepEqual((JSON.parse(preview.out) as { result: { rows: unknown } }).result.rows, [['1']], preview.err);
  const listed = await go('discover', 'shop', '--json');
  const { result } = JSON.parse(listed.out) as { result: { stream: object }[] };
  assert.deepEqual(
    result.map(({ stream }) => stream),
    [{ namespace: shop.name, name: 'orders' }],
  );
  for (const command of ['preview', 'tail']) {
    const refused = await go(command, 'orders', 'all');
    assert.equal(refused.code, 2, refused.err);
    for (const { name } of [shop, other]) assert.match(refused.err, new RegExp(`${name}\\.orders`), command);
    assert.match(refused.err, /Name one of them/);
  }

  assert.equal((await go('sync', 'one')).code, 0);
  const copied = await go('preview', `${shop.name}.orders`, 'copy', '--json');
  assert.deepEqual((JSON.parse(copied.out) as { result: { rows: unknown } }).result.rows, [['1']]);
  assert.equal((await go('sync', 'one', '--tables', 'orders')).code, 0);

  assert.equal((await go('sync', 'both')).code, 0);
  const reload = await go('reload', 'orders', 'both');
  assert.equal(reload.code, 2, reload.err);
  assert.match(reload.err, /means more than one stream/);
  assert.equal((await go('reload', `${other.name}.orders`, 'both')).code, 0);
});
