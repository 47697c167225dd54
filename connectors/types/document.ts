import type { ColumnType, Layout } from '../contract/index.ts';
import { avroForm, ddlType, parseType } from './table.ts';

const introduction = [
  '# Types',
  '',
  'A value arrives exactly, or its row is rejected with a reason. This table says what each column type becomes in each database and in Avro,',
  'and what holds for its exactness. Destinations that are databases take the Avro layout `text`, Kafka takes `typed`.',
].join('\n');

const howExact = [
  '## How exactness is kept',
  '',
  '- Sessions use utf8mb4, time zone +00:00 and a fixed strict `sql_mode`. Text is read as the server prints it where that is exact. Where it is',
  '  not, something else is read: a FLOAT as the double that it is, a VECTOR of MySQL or MariaDB as its bytes.',
  '- A text column in a charset other than utf8mb4, utf8mb3, latin1 and ascii is checked row by row inside the source: a value that does not come',
  '  back from Unicode as the same bytes is rejected as `value.inexact`. So is the empty text of an ENUM or SET column where it may mean two values.',
  '- Text that is not UTF-8 is rejected as `value.malformed` before it is sent.',
  '- Rows are loaded with `LOAD DATA LOCAL ... CHARACTER SET binary`, under which MySQL, MariaDB and TiDB all say when text is not valid, and bytes',
  '  travel as they are. A load with a warning does not count.',
  '- An ENUM text that is a number is sent only if it is a member: servers take other numbers for the number of a member, without a warning.',
  "- TiDB's LOAD DATA refuses dates such as 2024-02-31 and 2024-00-00 under any `sql_mode`, though its INSERT takes them.",
].join('\n');

const howCompared = [
  '## How values are compared',
  '',
  '`verify` compares texts that are equal for equal values in every database: whole numbers and decimals in digits, FLOAT and DOUBLE as sign, digits',
  'and exponent (FLOAT(p,s) and DOUBLE(p,s) in their decimals, -0 as 0), text as UTF-8 bytes, bytes as hex, dates and times with the fraction of the',
  'column, BIT as a number. JSON is compared whole where one side keeps it as text or both are the same kind of server; between MySQL and TiDB, which',
  'print the same document differently, its kind, length and depth are compared. VECTOR is compared whole between servers of one kind, else by length.',
].join('\n');

/** Declarations that stand for all column types of the servers, with what is worth saying about exactness. */
const rows: readonly (readonly [declaration: string, dialect: 'mysql' | 'mariadb', note: string])[] = [
  ['tinyint', 'mysql', 'BOOL is TINYINT(1), which holds -128 to 127: it stays a number'],
  ['smallint', 'mysql', ''],
  ['mediumint', 'mysql', ''],
  ['int', 'mysql', ''],
  ['int unsigned', 'mysql', ''],
  ['bigint', 'mysql', ''],
  ['bigint unsigned', 'mysql', 'TiCDC writes Avro long here, which is negative above 2^63-1 for other readers'],
  ['decimal(10,2)', 'mysql', 'all digits of the scale'],
  ['decimal(65,30)', 'mysql', 'DuckDB ends at 38 digits'],
  [
    'float',
    'mysql',
    "read as the exact double, since the servers' own text has six digits; loaded as that double; -0 becomes 0 on MariaDB and TiDB, which have none",
  ],
  ['double', 'mysql', '-0 as above; NaN and infinities of DuckDB are refused by the servers'],
  ['char(10)', 'mysql', 'without trailing spaces, as the server reads it'],
  [
    'varchar(20)',
    'mysql',
    'charset and collation are kept where the target has them; characters that Unicode does not have (gbk, sjis, ...) are rejected',
  ],
  ['tinytext', 'mysql', ''],
  ['text', 'mysql', ''],
  ['mediumtext', 'mysql', ''],
  ['longtext', 'mysql', ''],
  ['binary(16)', 'mysql', 'with the zero bytes that pad it'],
  ['varbinary(20)', 'mysql', ''],
  ['tinyblob', 'mysql', ''],
  ['blob', 'mysql', ''],
  ['mediumblob', 'mysql', ''],
  ['longblob', 'mysql', ''],
  ['date', 'mysql', 'zero dates and 2024-02-31 too; DuckDB has no value for them: such rows are rejected there'],
  [
    'time(6)',
    'mysql',
    "-838:59:59 to 838:59:59; MariaDB's last fraction of a second (.000001 to .999999 beyond them) is refused by MySQL and TiDB",
  ],
  ['datetime(6)', 'mysql', 'as DATE'],
  ['timestamp(6)', 'mysql', 'text in UTC'],
  ['year', 'mysql', '0 stays 0000'],
  ['bit(64)', 'mysql', 'ceil(n/8) bytes, highest first'],
  [
    "enum('a','b')",
    'mysql',
    "text; the invalid value 0 is rejected where '' is a member, and by the target's strict mode elsewhere. 4-byte characters in members read as ? from MySQL's and MariaDB's INFORMATION_SCHEMA, and rows that hold such a member are refused by the target",
  ],
  ["set('a','b')", 'mysql', "text; the member '' is rejected, since its text says no member"],
  [
    'json',
    'mysql',
    "the server's text; types inside are not carried (1.10 becomes 1.1). MariaDB's JSON is LONGTEXT. Between MySQL and TiDB `verify` compares kind, length and depth, since they print documents differently",
  ],
  ['uuid', 'mariadb', ''],
  ['inet4', 'mariadb', ''],
  ['inet6', 'mariadb', ''],
  [
    'vector(3)',
    'mysql',
    'text of shortest 32-bit floats; MySQL refuses denormal numbers; between dialects `verify` compares lengths',
  ],
  [
    'geometry',
    'mysql',
    'and its kin: unknown; by explicit wish taken as bytes (with SRID), or as text (WKT; a value that WKT does not say exactly, one with a SRID for example, is rejected, and `verify` compares only NULL)',
  ],
];

function avroText(type: ColumnType, layout: Layout): string {
  const form = avroForm(type, layout);
  if (form.as === 'long') return form.avro;
  if (form.as === 'decimal') return `bytes, decimal(${form.precision},${form.scale})`;
  const names = {
    text: 'string',
    digits: 'string',
    enum: 'string',
    vector: 'string',
    bit: 'bytes',
    year: layout === 'typed' ? 'int' : 'long',
  } as const;
  return form.as in names ? names[form.as as keyof typeof names] : form.as;
}

function tableRow([declaration, dialect, note]: (typeof rows)[number]): string {
  const type = parseType({ dataType: declaration.replace(/\W.*$/, ''), columnType: declaration }, dialect);
  const cells =
    type.kind === 'unknown'
      ? ['-', '-', '-', '-', '-', '-']
      : [
          ...(['mysql', 'mariadb', 'tidb', 'duckdb'] as const).map((target) => ddlType(type, target)),
          avroText(type, 'text'),
          avroText(type, 'typed'),
        ];
  return `| ${[declaration, ...cells, note].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The page of the documentation about types: each column type, what it becomes in each database and in Avro, and what holds for its exactness. */
export function typeTableMarkdown(): string {
  const head = ['Column', 'MySQL', 'MariaDB', 'TiDB', 'DuckDB', 'Avro, `text`', 'Avro, `typed`', 'Exactness'];
  const table = [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows.map(tableRow)].join('\n');
  return [introduction, table, howExact, howCompared, ''].join('\n\n').replace(/\n+$/, '\n');
}
