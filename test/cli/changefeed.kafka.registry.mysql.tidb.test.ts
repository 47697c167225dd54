import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { kafkaUrl, openTopic } from '../kafka/produce.ts';
import { type TicdcColumn, ticdcWriter } from '../kafka/ticdc.ts';
import { databaseAt, openDatabase, type TestDatabase } from '../pipeline.ts';
import { sharedUrl } from '../services/shared.ts';
import { folder, millrace } from './command-line.ts';

const id: TicdcColumn = { name: 'id', type: 'int', parameters: { tidb_type: 'INT' } };
const v: TicdcColumn = { name: 'v', type: 'string', parameters: { tidb_type: 'TEXT' }, nullable: true };

/** A project of a TiDB, a broker and a MySQL that the tables go to. */
function connections(source: TestDatabase): string {
  const at = (url: string) => `host: 127.0.0.1, port: ${new URL(url).port}, user: root`;
  const broker = new URL(kafkaUrl());
  return `name: test
connections:
  shop: { type: tidb, ${at(source.url)}, database: ${source.name} }
  broker: { type: kafka, brokers: ["${broker.host}"], registry: { url: "${sharedUrl('registry')}" } }
  lake: { type: mysql, ${at(sharedUrl('mysql'))} }
`;
}

describe('changefeed', () => {
  it('prints what fits the tables, and the pipelines it prints hand over from the copy to the changes', async () => {
    await using source = await openDatabase('tidb');
    await using lake = await databaseAt('mysql', sharedUrl('mysql'), 'mysql');
    using home = folder();
    await source.run(
      'CREATE TABLE orders (id INT PRIMARY KEY, v VARCHAR(20))',
      'CREATE TABLE users (id INT PRIMARY KEY, v VARCHAR(20), UNIQUE KEY (v))',
      "INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (3, 'c')",
      "INSERT INTO users VALUES (1, 'u')",
    );
    const project = join(home.path, 'millrace.yaml');
    writeFileSync(project, `${connections(source)}pipelines: {}\n`);
    const printed = await millrace(home.path, ['changefeed', 'shop', 'broker', '--json']);
    assert.equal(printed.code, 0, printed.err);
    const { start, file, command } = JSON.parse(printed.out).result;
    const name = (table: string) => `${source.name}.${table}`;
    assert.ok(file.includes(`rules = ["${name('orders')}", "${name('users')}"]`), file);
    assert.ok(file.includes(`matcher = ["${name('orders')}"], topic = "{schema}.{table}", partition = "index-value"`));
    assert.ok(file.includes(`matcher = ["${name('users')}"], topic = "{schema}.{table}", partition = "table"`));
    assert.match(command, new RegExp(`--start-ts=${start} `));
    assert.match(command, /protocol=avro&enable-tidb-extension=true/);

    // What TiCDC tells from then on: also of changes that the copy has seen already.
    await using first = await openTopic(1, name('orders'));
    await using second = await openTopic(1, name('users'));
    try {
      const [orders, users] = [
        await ticdcWriter(first, [id, v], ['id'], { extension: true }),
        await ticdcWriter(second, [id, v], ['id'], { extension: true }),
      ];
      const change = async (n: number, sql: string, tell: (at: bigint) => Promise<void>) => {
        await source.run(sql);
        await tell(BigInt(start) + BigInt(n));
      };
      await change(1, "UPDATE orders SET v = 'x' WHERE id = 1", (at) => orders.put('u', { id: 1, v: 'x' }, at));
      await change(2, 'DELETE FROM orders WHERE id = 2', () => orders.remove({ id: 2 }));
      await change(3, "INSERT INTO users VALUES (2, 'w')", (at) => users.put('c', { id: 2, v: 'w' }, at));
      const text = await millrace(home.path, ['changefeed', 'shop', 'broker']);
      const pipelines = text.out.slice(text.out.indexOf('pipelines:'), text.out.indexOf('millrace sync copy'));
      writeFileSync(project, connections(source) + pipelines.replaceAll('TARGET', 'lake'));
      const copied = await millrace(home.path, ['sync', 'copy']);
      assert.equal(copied.code, 0, copied.err);
      await change(4, "UPDATE orders SET v = 'y' WHERE id = 1", (at) => orders.put('u', { id: 1, v: 'y' }, at));
      await change(5, "INSERT INTO orders VALUES (2, 'again')", (at) => orders.put('c', { id: 2, v: 'again' }, at));
      await change(6, 'DELETE FROM users WHERE id = 1', () => users.remove({ id: 1 }));
      const followed = await millrace(home.path, ['sync', 'changes']);
      assert.equal(followed.code, 0, followed.err);
      for (const table of ['orders', 'users']) {
        const select = `SELECT id, v FROM ${name(table)} ORDER BY id`;
        assert.deepEqual(await lake.run(select), await source.run(select), table);
      }
      const compared = await millrace(home.path, ['verify', 'copy']);
      assert.equal(compared.code, 0, compared.out + compared.err);
    } finally {
      await lake.run(`DROP DATABASE IF EXISTS ${source.name}`);
    }
  });

  it('is refused for tables without a key, and between other kinds of servers', async () => {
    await using source = await openDatabase('tidb');
    using home = folder();
    await source.run('CREATE TABLE heap (v INT)');
    const tidb = `tidb://root@${new URL(source.url).host}/${source.name}`;
    const refused = async (...places: string[]) => {
      const { code, out } = await millrace(home.path, ['changefeed', ...places, '--json']);
      assert.notEqual(code, 0);
      return JSON.parse(out).error.message as string;
    };
    assert.match(await refused(tidb, kafkaUrl()), /heap: a table without a key/);
    assert.match(await refused(sharedUrl('mysql'), kafkaUrl()), /changefeeds are of TiDB/);
    assert.match(await refused(tidb, tidb), /into Kafka, not into/);
  });
});
