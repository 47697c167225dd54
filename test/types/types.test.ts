import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType } from '../../connectors/contract/index.ts';
import {
  canonicalSql,
  type Dialect,
  ddlType,
  keyset,
  literalSql,
  parseType,
  sameType,
  selectSql,
  targetType,
  widens,
} from '../../connectors/types/index.ts';

function parse(columnType: string, dialect: Dialect = 'mysql', collation?: string): ColumnType {
  const names = collation === undefined ? {} : { charset: collation.replace(/_.*/, ''), collation };
  return parseType({ dataType: columnType.replace(/\W.*$/, ''), columnType, ...names }, dialect);
}

const bin = 'utf8mb4_bin';

test('declarations are taken apart', () => {
  assert.deepEqual(parse('bigint(20) unsigned zerofill'), {
    kind: 'integer',
    bits: 64,
    unsigned: true,
    width: 20,
    zerofill: true,
  });
  assert.deepEqual(parse('decimal(10,2) unsigned'), { kind: 'decimal', precision: 10, scale: 2, unsigned: true });
  assert.deepEqual(parse('double(10,2)'), { kind: 'float', bits: 64, unsigned: false, precision: 10, scale: 2 });
  assert.deepEqual(parse('varchar(20)', 'tidb', 'utf8_bin'), {
    kind: 'text',
    length: 20,
    charset: 'utf8mb3',
    collation: 'utf8mb3_bin',
  });
  assert.deepEqual(parse('mediumtext', 'mysql', bin), {
    kind: 'text',
    bytes: 16777215,
    charset: 'utf8mb4',
    collation: bin,
  });
  assert.deepEqual(parse('timestamp(3)'), { kind: 'timestamp', fsp: 3 });
  assert.deepEqual(parse('year(4)', 'mariadb'), { kind: 'year' });
  assert.deepEqual(parse('vector(3)', 'tidb'), { kind: 'vector', dimensions: 3 });
  assert.deepEqual(parse('UHUGEINT', 'duckdb'), { kind: 'integer', bits: 128, unsigned: true });
  assert.deepEqual(parse('TIMESTAMP WITH TIME ZONE', 'duckdb'), { kind: 'timestamp', fsp: 6 });
  assert.deepEqual(parse('DECIMAL(18,3)', 'duckdb'), { kind: 'decimal', precision: 18, scale: 3, unsigned: false });
  assert.deepEqual(parse("ENUM('a', 'b''c')", 'duckdb'), { kind: 'enum', members: ['a', "b'c"] });
});

test('types that millrace does not know are unknown, and refused by name of their kind', () => {
  for (const [columnType, dialect] of [
    ['geometry', 'mysql'],
    ['point', 'mariadb'],
    ['uuid', 'mysql'],
    ['INTERVAL', 'duckdb'],
    ['INTEGER[]', 'duckdb'],
    ['STRUCT(a INTEGER)', 'duckdb'],
    ['TIMESTAMP_NS', 'duckdb'],
    ['', 'tidb'],
  ] as const) {
    assert.deepEqual(parse(columnType, dialect), { kind: 'unknown' }, columnType);
  }
  assert.throws(() => ddlType({ kind: 'unknown' }, 'mysql'), { code: 'type.unsupported' });
  assert.throws(() => selectSql('c', { kind: 'unknown' }, 'mysql'), { code: 'type.unsupported' });
  assert.equal(ddlType({ kind: 'unknown', as: 'bytes' }, 'mysql'), 'longblob');
  assert.equal(ddlType({ kind: 'unknown', as: 'text' }, 'duckdb'), 'VARCHAR');
});

test('members are read as each server writes them, and declared again', () => {
  const members = ['a,b', "it's", 'b\\s', 'nl\n', '', ')'];
  assert.deepEqual(parse(String.raw`enum('a,b','it''s','b\\s','nl\n','',')')`), { kind: 'enum', members });
  assert.deepEqual(parse(String.raw`enum('a,b','it''s','b\s','nl\n','',')')`, 'tidb'), { kind: 'enum', members });
  assert.equal(ddlType({ kind: 'set', members: ["it's", 'b\\s'] }, 'mysql'), String.raw`set('it''s','b\\s')`);
});

test('the nearest type holds every value', () => {
  const near = (type: ColumnType) =>
    (['mysql', 'mariadb', 'tidb', 'duckdb'] as const).map((dialect) => ddlType(type, dialect));
  assert.deepEqual(near({ kind: 'integer', bits: 128, unsigned: false }), [
    'decimal(39,0)',
    'decimal(39,0)',
    'decimal(39,0)',
    'HUGEINT',
  ]);
  assert.deepEqual(near({ kind: 'boolean' }), ['tinyint(1)', 'tinyint(1)', 'tinyint(1)', 'BOOLEAN']);
  assert.equal(
    ddlType(parse('varchar(20000)', 'mysql', 'latin1_swedish_ci'), 'tidb'),
    'mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
  );
  assert.equal(
    ddlType(parse('text', 'mysql', 'cp1251_general_ci'), 'tidb'),
    'mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
  );
  assert.deepEqual(targetType({ kind: 'vector', dimensions: 2048 }, 'tidb'), { kind: 'vector' });
  assert.equal(ddlType({ kind: 'vector' }, 'mysql'), 'vector(16383)');
});

test('a collation that the target lacks becomes the nearest that keeps different values different', () => {
  const mapped = (collation: string, dialect: Dialect) => {
    const type = targetType(parse('varchar(9)', 'mysql', collation), dialect);
    return type.kind === 'text' ? type.collation : undefined;
  };
  for (const [collation, dialect, want] of [
    ['utf8mb4_0900_ai_ci', 'tidb', 'utf8mb4_0900_ai_ci'],
    ['utf8mb4_0900_as_cs', 'tidb', 'utf8mb4_bin'],
    ['utf8mb4_0900_as_ci', 'tidb', 'utf8mb4_bin'],
    ['utf8mb4_de_pb_0900_ai_ci', 'tidb', 'utf8mb4_unicode_ci'],
    ['latin1_swedish_ci', 'tidb', 'utf8mb4_general_ci'],
    ['latin1_bin', 'tidb', 'latin1_bin'],
    ['utf16_bin', 'tidb', 'utf8mb4_bin'],
    ['utf8mb4_0900_ai_ci', 'mariadb', 'utf8mb4_unicode_520_nopad_ci'],
    ['utf8mb4_0900_bin', 'mariadb', 'utf8mb4_nopad_bin'],
    ['gb18030_chinese_ci', 'mariadb', 'utf8mb4_unicode_520_ci'],
    ['utf8mb4_uca1400_ai_ci', 'mysql', 'utf8mb4_unicode_520_ci'],
    ['utf8mb4_uca1400_nopad_as_ci', 'mysql', 'utf8mb4_0900_as_ci'],
    ['utf8mb4_nopad_bin', 'mysql', 'utf8mb4_0900_bin'],
  ] as const) {
    assert.equal(mapped(collation, dialect), want, `${collation} on ${dialect}`);
  }
  assert.match(ddlType(parse('varchar(9)', 'mysql', 'utf8mb3_bin'), 'tidb'), /CHARACTER SET utf8mb3 COLLATE utf8_bin/);
});

test('widening keeps every value', () => {
  const pairs: readonly (readonly [string, string, boolean])[] = [
    ['int', 'bigint', true],
    ['int unsigned', 'bigint', true],
    ['int unsigned', 'int', false],
    ['int', 'int unsigned', false],
    ['bigint unsigned', 'decimal(20,0)', true],
    ['bigint', 'decimal(18,0)', false],
    ['decimal(10,2)', 'decimal(12,4)', true],
    ['decimal(10,2)', 'decimal(11,4)', false],
    ['float', 'double', true],
    ['double', 'float', false],
    ['double', 'double(10,2)', false],
    ['datetime(3)', 'datetime(6)', true],
    ['datetime(6)', 'datetime', false],
    ['datetime', 'timestamp', false],
    ['binary(4)', 'varbinary(4)', true],
    ['binary(4)', 'binary(5)', false],
    ['varbinary(300)', 'tinyblob', false],
    ['varbinary(300)', 'blob', true],
    ['bit(4)', 'bit(5)', true],
    ["enum('a','b')", "enum('b','c','a')", true],
    ["enum('a','b')", "enum('a')", false],
    ["set('a','b')", "set('a','b','c')", true],
    ["set('a','b')", "set('b','a','c')", false],
    ['json', 'longtext', false],
  ];
  for (const [from, to, want] of pairs) assert.equal(widens(parse(from), parse(to), 'mysql'), want, `${from} to ${to}`);
  const text = (a: string, b: string, from = bin, to = bin) =>
    widens(parse(a, 'mysql', from), parse(b, 'mysql', to), 'mysql');
  assert.equal(text('varchar(10)', 'varchar(20)'), true);
  assert.equal(text('varchar(20)', 'varchar(10)'), false);
  assert.equal(text('char(10)', 'varchar(10)'), true);
  assert.equal(text('varchar(10)', 'char(10)'), false);
  assert.equal(text('varchar(100)', 'tinytext'), false);
  assert.equal(text('varchar(100)', 'text'), true);
  assert.equal(text('text', 'varchar(60000)'), false);
  assert.equal(text('varchar(10)', 'varchar(10)', 'latin1_bin', bin), true);
  assert.equal(text('varchar(10)', 'varchar(10)', bin, 'latin1_bin'), false);
  assert.equal(text('varchar(10)', 'varchar(10)', bin, 'utf8mb4_general_ci'), false);
});

test('types are the same where the dialect declares the same', () => {
  assert.ok(sameType(parse('int(11)'), parse('int'), 'mysql'));
  assert.ok(sameType(parse('bigint(20) unsigned zerofill'), parse('bigint unsigned'), 'mysql'));
  assert.ok(!sameType(parse('int unsigned'), parse('int'), 'mysql'));
  assert.ok(sameType({ kind: 'json' }, parse('longtext', 'mariadb', bin), 'mariadb'));
  assert.ok(sameType({ kind: 'integer', bits: 128, unsigned: false }, parse('decimal(39,0)'), 'mysql'));
  assert.ok(sameType({ kind: 'uuid' }, parse('varchar(36)', 'tidb', 'ascii_bin'), 'tidb'));
  assert.ok(sameType({ kind: 'text', length: 9 }, parse('varchar(9)', 'mysql', bin), 'mysql'));
  assert.ok(!sameType(parse('varchar(9)', 'mysql', 'utf8mb4_general_ci'), parse('varchar(9)', 'mysql', bin), 'mysql'));
  assert.ok(sameType(parse('time(3)'), { kind: 'text' }, 'duckdb'));
});

test('pages follow only columns whose order and text are exact', () => {
  const type = (columnType: string, collation?: string) => keyset(parse(columnType, 'mysql', collation));
  for (const columnType of ['bigint', 'decimal(10,2)', 'date', 'datetime(6)', 'year', 'varbinary(9)'])
    assert.ok(type(columnType));
  for (const columnType of ['float', 'bit(3)', 'json', "enum('a')", "set('a')", 'vector(3)'])
    assert.ok(!type(columnType));
  assert.ok(type('varchar(9)', 'latin1_swedish_ci'));
  assert.ok(!type('varchar(9)', 'gbk_chinese_ci'));
});

test('a value that is not written as its type is never put into SQL', () => {
  for (const type of [
    parse('int'),
    parse('decimal(9,2)'),
    parse('datetime'),
    parse('year'),
    parse('vector(3)'),
    { kind: 'boolean' },
  ] as const) {
    assert.throws(() => literalSql("1' or 1=1 -- ", type, 'mysql'), { code: 'value.malformed' });
  }
  assert.equal(literalSql(null, parse('int'), 'mysql'), 'NULL');
  assert.equal(literalSql("'\\", { kind: 'text' }, 'mysql'), "_utf8mb4 x'275c'");
  assert.equal(literalSql("it's", { kind: 'text' }, 'duckdb'), "'it''s'");
});

test('documents and vectors are compared whole only where both sides can show them whole', () => {
  assert.match(canonicalSql('c', { kind: 'json' }, 'mysql', 'tidb'), /JSON_LENGTH/);
  assert.doesNotMatch(canonicalSql('c', { kind: 'json' }, 'mysql'), /JSON_LENGTH/);
  assert.doesNotMatch(canonicalSql('c', { kind: 'json' }, 'mysql', 'duckdb'), /JSON_LENGTH/);
  assert.equal(canonicalSql('c', { kind: 'vector' }, 'mysql'), 'HEX(c)');
});
