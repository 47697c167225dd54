import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnTable, matchesStream } from '../../connectors/contract/index.ts';

const orders = { namespace: 'shop', name: 'orders' };

test('patterns match whole names, with and without the database', () => {
  for (const pattern of ['shop.orders', 'shop.*', '*', 'orders', 'ord??s', '*.orders']) {
    assert.ok(matchesStream(pattern, orders), pattern);
  }
  for (const pattern of ['shop', 'shop.order', 'Shop.orders', 'shop_orders', 'order', 'other.*']) {
    assert.ok(!matchesStream(pattern, orders), pattern);
  }
});

test('characters that regular expressions know stand for themselves', () => {
  assert.ok(matchesStream('a.b+(c)[1]$*', { namespace: 'a', name: 'b+(c)[1]$x\ny' }));
  assert.ok(!matchesStream('a.b+', { namespace: 'a', name: 'bb' }));
});

test('own tables are known in any case', () => {
  assert.ok(isOwnTable('_MILLRACE_state'));
  assert.ok(!isOwnTable('millrace_state'));
});
