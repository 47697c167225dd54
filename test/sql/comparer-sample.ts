import type { Server } from './comparer-side.ts';

/** A column, a value of it, and values that differ from that one by as little as can be. */
export interface SampleColumn {
  readonly name: string;
  readonly declared: string;
  readonly value: string;
  readonly others: readonly string[];
  /** Another spelling of the same value. */
  readonly same?: readonly string[];
}

const everywhere: readonly SampleColumn[] = [
  { name: 'tiny', declared: 'TINYINT', value: '0', others: ['1', '-1', 'NULL'] },
  { name: 'filled', declared: 'INT(8) UNSIGNED ZEROFILL', value: '42', others: ['43'] },
  { name: 'big', declared: 'BIGINT', value: '9007199254740993', others: ['9007199254740992', 'NULL'] },
  { name: 'ubig', declared: 'BIGINT UNSIGNED', value: '18446744073709551615', others: ['18446744073709551614'] },
  {
    name: 'fine',
    declared: 'DECIMAL(65,30)',
    value: '1.000000000000000000000000000001',
    others: ['1.000000000000000000000000000002', '-1.000000000000000000000000000001'],
  },
  { name: 'money', declared: 'DECIMAL(10,2)', value: '0.10', others: ['0.11', 'NULL', '0'], same: ['0.1'] },
  { name: 'single', declared: 'FLOAT', value: '16777216', others: ['16777215', 'NULL', '-16777216'] },
  { name: 'small', declared: 'FLOAT', value: '1e-30', others: ['1.0000001e-30', '1e-31'] },
  { name: 'zero', declared: 'DOUBLE', value: '0e0', others: ['4.9e-324', 'NULL'], same: ['-0e0'] },
  { name: 'tenth', declared: 'DOUBLE', value: '0.1', others: ['0.10000000000000002', '1.1', '0.01'], same: ['1e-1'] },
  { name: 'huge', declared: 'DOUBLE', value: '1.7976931348623157e308', others: ['1.7976931348623155e308'] },
  {
    name: 'day',
    declared: 'DATE',
    value: "'2024-02-29'",
    others: ["'2024-02-28'", "'0000-00-00'", "'2024-02-31'", 'NULL'],
  },
  { name: 'zeroday', declared: 'DATE', value: "'0000-00-00'", others: ["'2024-01-00'", 'NULL'] },
  {
    name: 'moment',
    declared: 'DATETIME(6)',
    value: "'2024-01-01 00:00:00.000001'",
    others: ["'2024-01-01 00:00:00.000002'", "'2024-01-01 00:00:01.000001'", 'NULL'],
  },
  {
    name: 'millis',
    declared: 'DATETIME(3)',
    value: "'2024-01-01 00:00:00.120'",
    others: ["'2024-01-01 00:00:00.121'"],
  },
  {
    name: 'stamp',
    declared: 'TIMESTAMP(6) NULL',
    value: "'2024-06-30 23:59:59.999999'",
    others: ["'2024-06-30 23:59:59.999998'", "'2024-07-01 00:00:00'", 'NULL'],
  },
  { name: 'span', declared: 'TIME(6)', value: "'-838:59:59'", others: ["'-838:59:58.999999'", "'838:59:59'", 'NULL'] },
  { name: 'born', declared: 'YEAR', value: "'0000'", others: ['2000', '1901', 'NULL'] },
  {
    name: 'word',
    declared: 'VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
    value: "'abc'",
    others: ["'ABC'", "'abc '", "'ábc'", "''", "'abc\t'", 'NULL'],
  },
  { name: 'empty', declared: 'VARCHAR(50)', value: "''", others: ["' '", "'N'", "'0'", 'NULL'] },
  { name: 'letter', declared: 'VARCHAR(50)', value: "'N'", others: ["'n'", "'1:N'", 'NULL'] },
  { name: 'fixed', declared: 'CHAR(5)', value: "'a'", others: ["'A'", "'b'", 'NULL'], same: ["'a '"] },
  { name: 'long', declared: 'LONGTEXT', value: "'😀'", others: ["'😁'", "'?'"] },
  { name: 'western', declared: 'VARCHAR(50) CHARACTER SET latin1', value: "'é'", others: ["'e'", "'É'"] },
  { name: 'raw', declared: 'VARBINARY(10)', value: "x'00'", others: ["x'0000'", "x''", "x'30'", 'NULL'] },
  { name: 'padded', declared: 'BINARY(4)', value: "x'01'", others: ["x'0101'", 'NULL'], same: ["x'01000000'"] },
  { name: 'blob', declared: 'BLOB', value: "x'ff00'", others: ["x'ff01'", "x'ff'", 'NULL'] },
  { name: 'bits', declared: 'BIT(64)', value: "x'ffffffffffffffff'", others: ["x'fffffffffffffffe'", '0', 'NULL'] },
  { name: 'flag', declared: 'BIT(1)', value: '0', others: ['1', 'NULL'] },
  { name: 'state', declared: "ENUM('a','A b','x,y','it''s')", value: "'x,y'", others: ["'a'", "'it''s'", 'NULL'] },
  { name: 'tags', declared: "SET('x','y','z')", value: "'x'", others: ["''", "'x,z'", 'NULL'], same: ["'x,x'"] },
];

const json = (others: readonly string[], same: readonly string[]): SampleColumn => ({
  name: 'doc',
  declared: 'JSON',
  value: `'{"a": 1, "bb": [1, 2]}'`,
  others,
  same,
});

const content = [
  `'{"a": 1}'`,
  `'[1, 2]'`,
  `'{"a": 1, "bb": [1, [2]]}'`,
  `'{"a": 1, "bb": [1, 3]}'`,
  `'{"a": 1, "bb": [2, 1]}'`,
  `'{"a": "1", "bb": [1, 2]}'`,
  `'{"a": 1, "bB": [1, 2]}'`,
  `'null'`,
  'NULL',
];

const gbk: SampleColumn = {
  name: 'eastern',
  declared: 'VARCHAR(50) CHARACTER SET gbk',
  value: "'中'",
  others: ["'国'", "'?'"],
};

const mariadbOnly: readonly SampleColumn[] = [
  {
    name: 'uuid',
    declared: 'UUID',
    value: "'123e4567-e89b-12d3-a456-426655440000'",
    others: ["'123e4567-e89b-12d3-a456-426655440001'", 'NULL'],
  },
  { name: 'address', declared: 'INET6', value: "'2001:db8::ff00:42:8329'", others: ["'::'", 'NULL'] },
];

/** Columns that the first server has and that the second can hold. */
export function sampleColumns(source: Server, destination: Server): readonly SampleColumn[] {
  // MariaDB keeps the text of a document; the others keep the document.
  const keepsText = source === 'mariadb' || destination === 'mariadb';
  const documents = json(content, keepsText ? [] : [`'{"bb":[1,2],"a":1}'`]);
  return [...everywhere, gbk, documents, ...(source === 'mariadb' ? mariadbOnly : [])];
}
