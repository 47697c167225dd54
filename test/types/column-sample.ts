import type { Server } from './server.ts';

/** A column of a test table: its declaration, and expressions for its values, extremes among them. */
export interface ColumnSample {
  readonly type: string;
  readonly values: readonly string[];
  /** Servers that have the type; absent: all. */
  readonly on?: readonly Server[];
  /** Servers whose LOAD DATA refuses the values, while INSERT takes them. */
  readonly noLoad?: readonly Server[];
  /** Servers that the values cannot be brought to, with the reason in the type table. */
  readonly notTo?: readonly Server[];
}

const everyByte = `x'${Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('hex')}'`;
const odd = ["''", "'\\\\N'", "'a\\tb\\nc\\\\d\\0e\\rf'", "'''\"`%'", "'NULL'", "' x'", "'\\\\'", "'x\\\\'"];

export const columnSamples: Readonly<Record<string, ColumnSample>> = {
  t1: { type: 'tinyint(1)', values: ['-128', '127', '0', '1'] },
  i8: { type: 'tinyint', values: ['-128', '127'] },
  i8u: { type: 'tinyint unsigned', values: ['0', '255'] },
  i16: { type: 'smallint', values: ['-32768', '32767'] },
  i16u: { type: 'smallint unsigned', values: ['0', '65535'] },
  i24: { type: 'mediumint', values: ['-8388608', '8388607'] },
  i24u: { type: 'mediumint unsigned', values: ['16777215'] },
  i32: { type: 'int', values: ['-2147483648', '2147483647', '0'] },
  i32u: { type: 'int unsigned', values: ['4294967295', '0'] },
  i64: { type: 'bigint', values: ['-9223372036854775808', '9223372036854775807', '-1', '9007199254740993'] },
  i64u: { type: 'bigint unsigned', values: ['18446744073709551615', '9223372036854775808', '0'] },
  iz: { type: 'bigint unsigned zerofill', values: ['42', '18446744073709551615', '0'] },
  d65: {
    type: 'decimal(65,30)',
    values: [
      '-99999999999999999999999999999999999.999999999999999999999999999999',
      '99999999999999999999999999999999999.999999999999999999999999999999',
      '0.000000000000000000000000000001',
      '-0.5',
    ],
  },
  d55: { type: 'decimal(5,5)', values: ['0.99999', '-0.00001', '0'] },
  d18: { type: 'decimal(18,4)', values: ['99999999999999.9999', '-1.5', '-0.0001'] },
  du: { type: 'decimal(10,0) unsigned', values: ['9999999999', '0'] },
  dz: { type: 'decimal(10,2) unsigned zerofill', values: ['12.5', '0', '0.01', '99999999.99'] },
  f: {
    type: 'float',
    values: [
      '16777216',
      '0.1',
      '3.4028234663852886e38',
      '1.17549435e-38',
      '1.401298464324817e-45',
      '-1.5',
      '123456.7',
      '1e10',
    ],
  },
  f72: { type: 'float(7,2)', values: ['12345.67', '-0.01', '0.1'] },
  g: {
    type: 'double',
    values: [
      '5e-324',
      '1.7976931348623157e308',
      '0.1',
      '123456789012345678',
      '1e15',
      '1e16',
      '-1e-7',
      '0.30000000000000004',
      '0',
    ],
  },
  g102: { type: 'double(10,2)', values: ['12345678.9', '-0.01', '0'] },
  c: { type: 'char(5)', values: ["'a  '", "' a'", "''", "'😀😀😀😀😀'"] },
  v: { type: 'varchar(50)', values: [...odd, "'😀 é 中'", "'trailing  '"] },
  vl: { type: 'varchar(50) character set latin1', values: ["'é€ü'", ...odd] },
  vg: { type: 'varchar(50) character set gbk', values: ["'中文 乂'", ...odd] },
  v3: { type: 'varchar(50) character set utf8mb3', values: ["'é 中'", ...odd] },
  va: { type: 'varchar(50) character set ascii', values: odd },
  vb: { type: 'varchar(50) collate utf8mb4_bin', values: ["'😀'", ...odd] },
  v16: { type: 'varchar(50) character set utf16', values: ["'😀 é 中'", ...odd], on: ['mysql', 'mariadb'] },
  vs: { type: 'varchar(50) character set cp932', values: ["'日本'", ...odd], on: ['mysql', 'mariadb'] },
  tt: { type: 'tinytext', values: ["'é'", ...odd] },
  t: { type: 'text', values: ["repeat('é', 20000)", ...odd] },
  tl: { type: 'text character set latin1', values: ["repeat('é', 20000)"] },
  mt: { type: 'mediumtext', values: ["repeat('😀', 30000)"] },
  lt: { type: 'longtext', values: ["'long'"] },
  b4: { type: 'binary(4)', values: ["x'01'", "x'00000000'", "x'5c4e0a09'", "x'20'"] },
  vb9: { type: 'varbinary(300)', values: [everyByte, "''", "x'00'", "x'5c4e'", "x'2020'"] },
  tb: { type: 'tinyblob', values: ["x'00ff'", "''"] },
  mb: { type: 'mediumblob', values: [`repeat(${everyByte}, 300)`, "''"] },
  bl: { type: 'blob', values: [everyByte, "''", `repeat(${everyByte}, 200)`] },
  lb: { type: 'longblob', values: [everyByte] },
  da: { type: 'date', values: ["'0000-00-00'", "'9999-12-31'", "'1000-01-01'"] },
  dap: { type: 'date', values: ["'2024-02-31'", "'2024-00-00'", "'2024-01-00'"], noLoad: ['tidb'] },
  ti: { type: 'time(6)', values: ["'-838:59:59.000000'", "'838:59:59'", "'-00:00:00.000001'", "'00:00:00.5'"] },
  t0: { type: 'time', values: ["'-838:59:59'", "'00:00:01'"] },
  tm: { type: 'time(6)', values: ["'-838:59:59.999999'"], on: ['mariadb'], notTo: ['mysql', 'tidb'] },
  dt: {
    type: 'datetime(6)',
    values: ["'0000-00-00'", "'9999-12-31 23:59:59.999999'", "'2024-03-10 02:30:00'"],
  },
  dtp: { type: 'datetime(6)', values: ["'2024-00-00 12:13:14.000001'", "'2023-02-29 01:02:03'"], noLoad: ['tidb'] },
  dt0: { type: 'datetime', values: ["'2024-01-02 03:04:05'"] },
  ts: { type: 'timestamp(6) null', values: ["'0000-00-00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.999999'"] },
  ts3: { type: 'timestamp(3) null', values: ["'2024-03-10 02:30:00.123'"] },
  y: { type: 'year', values: ['0', '1901', '2155', '2000'] },
  b1: { type: 'bit(1)', values: ["b'0'", "b'1'"] },
  b12: { type: 'bit(12)', values: ["b'101010111100'", "b'0'", "b'110001'"] },
  b64: { type: 'bit(64)', values: ['18446744073709551615', "b'0'", '9223372036854775808', '9007199254740993'] },
  e: {
    type: "enum('a,b','it''s','x\"y','b\\\\s','nl\\n','3','1','')",
    values: ["'a,b'", "'it''s'", "'x\"y'", "'b\\\\s'", "'nl\\n'", "'3'", "'1'", "''"],
  },
  el: { type: "enum('é','€') character set latin1", values: ["'é'", "'€'"] },
  s: { type: "set('x','it''s','é','z\"y')", values: ["''", "'x'", "'it''s,é'", "'x,it''s,é,z\"y'"] },
  j: {
    type: 'json',
    values: [
      `'{"bb": 1, "a": 2, "c": 1.0, "dd": 1e20, "aaa": 1.10}'`,
      "'[12345678901234567890, 18446744073709551615, 0.1, -5, 1e100]'",
      `'"\\\\u0041\\\\n é😀 \\\\\\\\"'`,
      "'null'",
      "'{}'",
    ],
  },
  u: { type: 'uuid', values: ["'123e4567-e89b-12d3-a456-426614174000'"], on: ['mariadb'] },
  n4: { type: 'inet4', values: ["'255.0.0.1'", "'0.0.0.0'"], on: ['mariadb'] },
  n6: { type: 'inet6', values: ["'2001:db8::ff00:42:8329'", "'::ffff:1.2.3.4'", "'::'"], on: ['mariadb'] },
};

const vector = ["'[1,2.5,0.1]'", "'[3.4028235e38,-1e-5,1.1754944e-38]'", "'[0,-7,123456.7]'"];

/** VECTOR has no form of literal that its servers share. */
export function vectorSample(server: Server): ColumnSample | undefined {
  if (server === 'mariadb') return undefined;
  return {
    type: 'vector(3)',
    values: server === 'mysql' ? vector.map((text) => `string_to_vector(${text})`) : vector,
    notTo: ['mariadb'],
  };
}
