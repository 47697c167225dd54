import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statementEffect } from '../../connectors/mysql/binlog-statement.ts';

function effect(sql: string): string | undefined {
  const found = statementEffect(sql, 'shop');
  if (found === undefined) return undefined;
  return `${found.effect} ${found.tables.map(({ namespace, name }) => `${namespace}.${name}`).join(' ')}`.trim();
}

const expected: readonly (readonly [string, string | undefined])[] = [
  ['ALTER TABLE orders ADD COLUMN a INT DEFAULT 7', 'shape shop.orders'],
  ['/* hi */ alter table `other`.`or``ders` add (a int, b varchar(10) default "x,y")', 'shape other.or`ders'],
  ['ALTER TABLE orders ADD INDEX a (b), DROP INDEX c, DROP FOREIGN KEY d, RENAME INDEX e TO f', 'shape shop.orders'],
  ['ALTER TABLE orders MODIFY a BIGINT, ALGORITHM=INPLACE', 'shape shop.orders'],
  ['ALTER TABLE orders ADD a DATETIME DEFAULT CURRENT_TIMESTAMP', 'lost shop.orders'],
  ['ALTER TABLE orders ADD a CHAR(36) DEFAULT (UUID())', 'lost shop.orders'],
  ['ALTER TABLE orders ADD b INT, DROP a', 'lost shop.orders'],
  ['ALTER TABLE orders DROP COLUMN a', 'lost shop.orders'],
  ['ALTER TABLE orders CHANGE a b INT', 'lost shop.orders'],
  ['ALTER TABLE orders RENAME COLUMN a TO b', 'lost shop.orders'],
  ['ALTER TABLE orders /*!80000 DROP COLUMN a */', 'lost shop.orders'],
  ['ALTER TABLE orders DROP PARTITION p', 'lost shop.orders'],
  ['CREATE UNIQUE INDEX a ON orders (b)', 'shape shop.orders'],
  ['DROP INDEX a ON shop.orders', 'shape shop.orders'],
  ['CREATE TABLE orders (a INT)', undefined],
  ['DROP DATABASE shop', 'replaced'],
  ['TRUNCATE orders', 'emptied shop.orders'],
  ['TRUNCATE TABLE `shop`.`orders`', 'emptied shop.orders'],
  ['GRANT SELECT ON shop.* TO a', undefined],
  ['SAVEPOINT a', undefined],
  ['CREATE VIEW v AS SELECT * FROM orders', undefined],
];

for (const [sql, wanted] of expected) test(sql, () => assert.equal(effect(sql), wanted));

test('what names several tables touches each of them, wherever they stand', () => {
  for (const [sql, wanted] of [
    ['DROP TABLE IF EXISTS a, shop.orders /* generated */', 'replaced'],
    ['RENAME TABLE x TO y, orders TO z', 'replaced'],
    ['RENAME TABLE orders_new TO orders', 'replaced'],
    ['ALTER TABLE orders_new RENAME TO orders', 'replaced'],
    ['ALTER TABLE orders RENAME TO old, DROP COLUMN a', 'lost'],
    ['CREATE OR REPLACE TABLE orders (a INT)', 'replaced'],
    ['ALTER TABLE p EXCHANGE PARTITION a WITH TABLE orders', 'lost'],
    ['UPDATE orders SET a = 1', 'lost'],
    ['INSERT INTO b SELECT * FROM shop.orders', 'lost'],
  ] as const) {
    const found = statementEffect(sql, 'shop');
    assert.equal(found?.effect, wanted, sql);
    assert.ok(
      found?.tables.some(({ namespace, name }) => namespace === 'shop' && name === 'orders'),
      sql,
    );
  }
});

test('what rows get in columns that are added', () => {
  const sql =
    "ALTER TABLE t ADD a INT, ADD COLUMN `b c` DECIMAL(9,2) DEFAULT -1.5 NOT NULL, ADD (c CHAR(9) DEFAULT 'it''s', d BOOL DEFAULT TRUE), " +
    "ADD COLUMN IF NOT EXISTS e BIT(3) DEFAULT b'101', ADD INDEX (a), ADD f TEXT DEFAULT NULL COMMENT 'DEFAULT 1'";
  assert.deepEqual(
    [...statementEffect(sql, 'shop')!.added!],
    [
      ['a', null],
      ['b c', '-1.5'],
      ['c', "it's"],
      ['d', '1'],
      ['e', undefined],
      ['f', null],
    ],
  );
});
