import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OP, type Reject, type StreamSchema } from '../../connectors/contract/index.ts';
import { ask, batch, changes, destination, load, memory, pipeline, target } from './fixture.ts';

const orders: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
    { name: 'name', type: { kind: 'text', length: 40 }, nullable: true, comment: "who's" },
    { name: 'price', type: { kind: 'decimal', precision: 10, scale: 2, unsigned: false }, nullable: true },
  ],
  key: ['id'],
};

test('append puts rows, position and counts in one commit', async () => {
  const path = memory();
  await using to = destination(path);
  const report = await load(
    to,
    target(orders, 'append'),
    [
      batch(orders, [
        ['1', 'one', '1.50'],
        ['2', null, null],
      ]),
    ],
    { generation: 1 },
  );
  assert.deepEqual(
    [...report.streams],
    [['shop.orders', { read: 2, written: 2, superseded: 0, alreadyApplied: 0, rejected: 0 }]],
  );
  assert.deepEqual(await ask(path, 'FROM shop.orders ORDER BY id'), [
    ['1', 'one', '1.50'],
    ['2', null, null],
  ]);
  const positions = await to.positions();
  assert.equal(positions.lanes.get('lane')?.position, '1');
  assert.equal(positions.lanes.get('lane')?.counts.written, 2);
  assert.deepEqual(positions.streams.get('shop.orders'), { generation: 1, phase: 'building' });
  await to.finish(target(orders, 'append'), 1);
  assert.equal((await to.positions()).streams.get('shop.orders')?.phase, 'done');
});

test('nothing of an aborted transaction stays', async () => {
  const path = memory();
  await using to = destination(path);
  await load(to, target(orders, 'append'), [batch(orders, [['1', 'one', null]])], { position: 'a' });
  const { writer, after } = await to.open('lane', [target(orders, 'append')], 'source', () => undefined);
  assert.equal(after, 'a');
  await writer.write(batch(orders, [['2', 'two', null]]));
  await writer.abort();
  assert.deepEqual(await ask(path, 'SELECT id FROM shop.orders'), [['1']]);
  assert.equal((await to.positions()).lanes.get('lane')?.position, 'a');
});

test('upsert replaces by key, the last row of a transaction wins, deletes are kept', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'upsert');
  await load(to, where, [
    batch(orders, [
      ['1', 'one', '1.00'],
      ['2', 'two', '2.00'],
      ['3', 'three', '3.00'],
    ]),
  ]);
  const report = await load(to, where, [
    changes(orders, [
      { op: OP.update, row: ['1', 'uno', '1.00'], key: ['1'] },
      { op: OP.delete, row: null, key: ['2'] },
      { op: OP.insert, row: ['4', 'four', null], key: ['4'] },
      { op: OP.delete, row: null, key: ['4'] },
      { op: OP.update, row: ['1', 'eins', '9.99'], key: ['1'] },
    ]),
  ]);
  assert.deepEqual(await ask(path, 'FROM shop.orders ORDER BY id'), [
    ['1', 'eins', '9.99'],
    ['3', 'three', '3.00'],
  ]);
  assert.deepEqual(report.streams.get('shop.orders'), {
    read: 5,
    written: 3,
    superseded: 2,
    alreadyApplied: 0,
    rejected: 0,
  });
});

test('soft_delete marks what is deleted and keeps its values; an insert takes the mark away', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'soft_delete');
  const shown = 'SELECT id, name, _millrace_deleted_at IS NOT NULL FROM shop.orders ORDER BY id';
  await load(to, where, [
    batch(orders, [
      ['1', 'one', '1.00'],
      ['2', 'two', '2.00'],
    ]),
  ]);
  await load(to, where, [
    changes(orders, [
      { op: OP.delete, row: null, key: ['1'] },
      { op: OP.insert, row: ['5', 'five', null], key: ['5'] },
      { op: OP.delete, row: null, key: ['5'] },
    ]),
  ]);
  assert.deepEqual(await ask(path, shown), [
    ['1', 'one', 'true'],
    ['2', 'two', 'false'],
    ['5', 'five', 'true'],
  ]);
  await load(to, where, [changes(orders, [{ op: OP.insert, row: ['1', 'again', null], key: ['1'] }])]);
  assert.deepEqual(await ask(path, shown), [
    ['1', 'again', 'false'],
    ['2', 'two', 'false'],
    ['5', 'five', 'true'],
  ]);
  await to.apply(await to.plan(where, 1));
  await assert.rejects(to.remove(where, 2, [['2']]), { code: 'lane.fenced' }, 'found by a read that is over');
  assert.equal(await to.remove(where, 1, [['2'], ['77']]), 1);
  assert.deepEqual(await ask(path, shown), [
    ['1', 'again', 'false'],
    ['2', 'two', 'true'],
    ['5', 'five', 'true'],
  ]);
});

test('truncate empties the table in its place among the changes', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'upsert');
  await load(to, where, [batch(orders, [['1', 'one', null]])]);
  const report = await load(to, where, [
    changes(orders, [
      { op: OP.insert, row: ['2', 'two', null], key: ['2'] },
      { op: OP.truncate, row: null, key: ['0'] },
      { op: OP.insert, row: ['3', 'three', null], key: ['3'] },
    ]),
  ]);
  assert.deepEqual(await ask(path, 'SELECT id FROM shop.orders'), [['3']]);
  assert.equal(report.streams.get('shop.orders')?.read, 3);
});

test('a row that the table does not hold exactly is rejected with its values, in the same commit (invariant 2)', async () => {
  const path = memory();
  await using to = destination(path);
  await to.apply(await to.plan(target(orders, 'append'), 1));
  await ask(path, 'SELECT 1');
  const dated: StreamSchema = {
    ...orders,
    stream: { namespace: 'shop', name: 'dated' },
    columns: [orders.columns[0]!, { name: 'd', type: { kind: 'date' }, nullable: true }],
  };
  const rejects: Reject[] = [];
  const report = await load(
    to,
    target(dated, 'append'),
    [
      batch(dated, [
        ['1', '2024-02-29'],
        ['2', '0000-00-00'],
        ['3', '2024-02-31'],
        ['4', null],
      ]),
    ],
    { rejects },
  );
  assert.deepEqual(report.streams.get('shop.dated'), {
    read: 4,
    written: 2,
    superseded: 0,
    alreadyApplied: 0,
    rejected: 2,
  });
  assert.deepEqual(await ask(path, 'FROM shop.dated ORDER BY id'), [
    ['1', '2024-02-29'],
    ['4', null],
  ]);
  assert.deepEqual(await ask(path, 'SELECT stream, code, row_json FROM _millrace_rejects ORDER BY row_json'), [
    ['shop.dated', 'row.refused', '{"id":"2","d":"0000-00-00"}'],
    ['shop.dated', 'row.refused', '{"id":"3","d":"2024-02-31"}'],
  ]);
  assert.equal(rejects.length, 2);
});

test('overwrite builds beside and swaps at finish; a second finish changes nothing', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'overwrite');
  await load(to, where, [batch(orders, [['1', 'old', null]])], { generation: 1, lane: 'full/1/shop.orders/0' });
  await to.finish(where, 1);
  await load(to, where, [batch(orders, [['2', 'new', null]])], { generation: 2, lane: 'full/2/shop.orders/0' });
  assert.deepEqual(await ask(path, 'SELECT id FROM shop.orders'), [['1']]);
  await to.finish(where, 2);
  await to.finish(where, 2);
  assert.deepEqual(await ask(path, 'SELECT id FROM shop.orders'), [['2']]);
  assert.deepEqual(await ask(path, "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%build%'"), []);
  assert.equal((await to.positions()).lanes.size, 0);
});

test('overwrite refuses rows that share a key, and leaves the old table', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'overwrite');
  await load(
    to,
    where,
    [
      batch(orders, [
        ['1', 'a', null],
        ['1', 'b', null],
      ]),
    ],
    { generation: 1, lane: 'full/1/shop.orders/0' },
  );
  await assert.rejects(to.finish(where, 1), { code: 'row.duplicate' });
});

test('the last opener of a lane alone may commit (invariant 5)', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'append');
  await to.apply(await to.plan(where, undefined));
  const first = await to.open('lane', [where], 'source', () => undefined);
  await first.writer.write(batch(orders, [['1', 'frozen', null]]));
  const second = await to.open('lane', [where], 'source', () => undefined);
  await second.writer.write(batch(orders, [['2', 'taken over', null]]));
  await second.writer.commit('2', false);
  await assert.rejects(first.writer.commit('1', false), (thrown: { code: string }) =>
    ['lane.fenced', 'database.conflict'].includes(thrown.code),
  );
  await first.writer.abort();
  await second.writer.close();
  assert.deepEqual(await ask(path, 'SELECT id FROM shop.orders'), [['2']]);
});

test('a lane that is opened anew fences its holder off before it has committed anything itself', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'append');
  await to.apply(await to.plan(where, undefined));
  const first = await to.open('lane', [where], 'source', () => undefined);
  await first.writer.write(batch(orders, [['1', 'frozen', null]]));
  const second = await to.open('lane', [where], 'source', () => undefined);
  await assert.rejects(first.writer.commit('1', false), { code: 'database.conflict' });
  await first.writer.abort();
  await second.writer.write(batch(orders, [['1', 'again', null]]));
  await second.writer.commit('2', false);
  await second.writer.close();
  assert.deepEqual(await ask(path, 'SELECT name FROM shop.orders'), [['again']]);
});

test('another source behind the same lane is an error', async () => {
  await using to = destination(memory());
  await load(to, target(orders, 'append'), []);
  await assert.rejects(
    to.open('lane', [], 'another', () => undefined),
    { code: 'source.identity-changed' },
  );
});

test('new and wider columns are added, narrower ones are told as destructive', async () => {
  const path = memory();
  await using to = destination(path);
  await load(to, target(orders, 'append'), [batch(orders, [['1', 'one', '1.50']])]);
  const [id, name, price] = orders.columns;
  const wider: StreamSchema = {
    ...orders,
    columns: [
      id!,
      name!,
      { ...price!, type: { kind: 'decimal', precision: 20, scale: 4, unsigned: false } },
      { name: 'more', type: { kind: 'json' }, nullable: true },
    ],
  };
  const plan = await to.plan(target(wider, 'append'), undefined);
  assert.deepEqual(
    plan.actions.map(({ effect, summary }) => [effect, summary]),
    [
      ['safe', 'change column price from DECIMAL(10,2) to DECIMAL(20,4)'],
      ['safe', 'add column more JSON'],
    ],
  );
  await load(to, target(wider, 'append'), [batch(wider, [['2', 'two', '1234567890123456.7891', '{"a":[1,"x"]}']])]);
  assert.deepEqual(await ask(path, 'FROM shop.orders ORDER BY id'), [
    ['1', 'one', '1.5000', null],
    ['2', 'two', '1234567890123456.7891', '{"a":[1,"x"]}'],
  ]);
  const back = await to.plan(
    target({ ...orders, columns: [id!, { ...name!, type: { kind: 'date' } }, price!] }, 'append'),
    undefined,
  );
  assert.deepEqual(
    back.actions.map(({ effect }) => effect),
    ['destructive'],
  );
});

test('a table of somebody else is refused unless adopted (invariant 11)', async () => {
  const path = memory();
  await using to = destination(path);
  await load(to, target(orders, 'append'), [batch(orders, [['1', 'one', '1.50']])]);
  await using other = destination(path, '0b7b1c2e-0000-4000-8000-000000000002');
  const plan = await other.plan(target(orders, 'append'), undefined);
  assert.match(plan.refused[0]!.message, new RegExp(`belongs to pipeline ${pipeline}`));
  assert.deepEqual((await other.plan(target(orders, 'append', { adopt: true }), undefined)).refused, []);
});

test('a plan whose target has changed since is not applied', async () => {
  const path = memory();
  await using to = destination(path);
  await load(to, target(orders, 'append'), []);
  const more: StreamSchema = {
    ...orders,
    columns: [...orders.columns, { name: 'x', type: { kind: 'date' }, nullable: true }],
  };
  const plan = await to.plan(target(more, 'append'), undefined);
  await using _ = destination(path);
  await ask(path, 'SELECT 1');
  const { DuckFile } = await import('../../connectors/duckdb/file.ts');
  await using file = new DuckFile({ path, access: 'write', memory: '256MB' }, 'source');
  await using session = await file.session();
  await session.run('ALTER TABLE shop.orders ADD COLUMN y DATE');
  await assert.rejects(to.apply(plan), { code: 'schema.moved' });
});

test('shards share a table: the constant column joins the key', async () => {
  const path = memory();
  await using to = destination(path);
  const north = target(orders, 'upsert', { constant: { column: 'shard', value: 'north, and a long name' } });
  const south = target({ ...orders, stream: { namespace: 'south', name: 'orders' } }, 'upsert', {
    table: orders.stream,
    constant: { column: 'shard', value: 's' },
  });
  await load(to, north, [
    batch(orders, [
      ['1', 'n', null],
      ['2', 'n', null],
    ]),
  ]);
  await load(to, south, [batch(south.source, [['1', 's', null]])], { lane: 'south' });
  await load(to, north, [batch(orders, [['1', 'n2', null]])]);
  assert.deepEqual(await ask(path, 'SELECT id, name, shard FROM shop.orders ORDER BY shard, id'), [
    ['1', 'n2', 'north, and a long name'],
    ['2', 'n', 'north, and a long name'],
    ['1', 's', 's'],
  ]);
  await to.apply(await to.plan(north, 1));
  assert.equal(await to.remove(north, 1, [['1']]), 1);
  assert.deepEqual(await ask(path, 'SELECT id, shard FROM shop.orders ORDER BY shard'), [
    ['2', 'north, and a long name'],
    ['1', 's'],
  ]);
});
