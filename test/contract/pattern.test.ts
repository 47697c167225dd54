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

test('a name without a database is of the one that the connection names, and of all where it names none', () => {
  for (const pattern of ['orders', '*', 'o*']) {
    assert.ok(matchesStream(pattern, orders, 'shop'), pattern);
    assert.ok(!matchesStream(pattern, orders, 'other'), pattern);
  }
  assert.ok(matchesStream('shop.orders', orders, 'other'));
  assert.ok(!matchesStream('sh*', orders), 'the database is no part of the name');
});

test('characters that regular expressions know stand for themselves', () => {
  assert.ok(matchesStream('a.b+(c)[1]$*', { namespace: 'a', name: 'b+(c)[1]$x\ny' }));
  assert.ok(!matchesStream('a.b+', { namespace: 'a', name: 'bb' }));
});

test('own tables are known in any case', () => {
  assert.ok(isOwnTable('_MILLRACE_state'));
  assert.ok(!isOwnTable('millrace_state'));
});
