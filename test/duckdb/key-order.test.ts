import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OP, type StreamSchema } from '../../connectors/contract/index.ts';
import { ask, changes, destination, load, memory, target } from './fixture.ts';

const orders: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
    { name: 'name', type: { kind: 'text', length: 40 }, nullable: true },
  ],
  key: ['id'],
};

/** `+5`: version 5 of the row, `-6`: its deletion as version 6, `-0`: without an order. */
function sent(...versions: string[]) {
  const rows = versions.map((version) =>
    version.startsWith('-')
      ? { op: OP.delete, row: null, key: ['1'] }
      : { op: OP.put, row: ['1', version.slice(1)], key: ['1'] },
  );
  const seq = BigUint64Array.from(versions, (version) => BigInt(version.slice(1)));
  return { ...changes(orders, rows), seq, resends: true as const };
}

test('invariant 6: what is sent again never takes a row back, in one transaction or in several', async () => {
  const path = memory();
  await using to = destination(path);
  const where = target(orders, 'upsert');
  const steps: [string[], string[][], object][] = [
    [['+1', '+2'], [['2']], { superseded: 1, alreadyApplied: 0 }],
    [['+3', '+2', '+3'], [['3']], { superseded: 1, alreadyApplied: 1 }],
    [['-4'], [], { superseded: 0, alreadyApplied: 0 }],
    [['+1', '+2', '+3'], [], { superseded: 3, alreadyApplied: 0 }],
    [['-4', '+5'], [['5']], { superseded: 0, alreadyApplied: 1 }],
    [['-0'], [], { superseded: 0, alreadyApplied: 0 }],
    [['+5'], [['5']], { superseded: 0, alreadyApplied: 0 }],
  ];
  for (const [n, [versions, expected, counts]] of steps.entries()) {
    const report = await load(to, where, [sent(...versions)], { position: `p${n}` });
    const { superseded, alreadyApplied } = report.streams.get('shop.orders')!;
    assert.deepEqual({ superseded, alreadyApplied }, counts, versions.join());
    assert.deepEqual(await ask(path, 'SELECT name FROM shop.orders'), expected, versions.join());
  }
});

test('a stream that is forgotten begins anew', async () => {
  const path = memory();
  await using to = destination(path);
  await load(to, target(orders, 'upsert'), [sent('+5')], { position: 'a' });
  await to.reset(orders.stream);
  const report = await load(to, target(orders, 'upsert'), [sent('+4')], { position: 'a' });
  assert.equal(report.streams.get('shop.orders')?.written, 1);
});

test('rows of an older schema in the transaction of a newer one leave the new column alone', async () => {
  const path = memory();
  await using to = destination(path);
  const wider: StreamSchema = {
    ...orders,
    columns: [...orders.columns, { name: 'more', type: { kind: 'text', length: 9 }, nullable: true }],
  };
  const fresh = changes(wider, [{ op: OP.put, row: ['1', 'new', 'm'], key: ['1'] }]);
  const old = changes(orders, [{ op: OP.put, row: ['1', 'old'], key: ['1'] }]);
  const again = changes(wider, [{ op: OP.put, row: ['2', 'new', 'n'], key: ['2'] }]);
  await load(to, target(wider, 'upsert'), [fresh, old, again]);
  assert.deepEqual(await ask(path, 'FROM shop.orders ORDER BY id'), [
    ['1', 'old', 'm'],
    ['2', 'new', 'n'],
  ]);
});
