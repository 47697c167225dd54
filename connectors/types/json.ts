import { exactText } from './charset.ts';
import type { Family, OfKind } from './family.ts';
import { textOf } from './family.ts';
import { convertedLiteral, textLiteral } from './literal.ts';
import type { Dialect } from './native.ts';

/** Whether the server keeps a document in a form of its own and prints it anew: other order of keys, other spelling of numbers. */
const reprints = (dialect: Dialect) => dialect === 'mysql' || dialect === 'tidb';

/**
 * JSON as the server's text. Types inside are not carried: a DECIMAL 1.10 in a document is DOUBLE 1.1 after a reload. Two servers that both
 * print documents anew do it differently (MySQL orders keys by length, TiDB by bytes; 1e100 and 1e+100), and no SQL makes the texts equal:
 * between them kind, length and depth are compared, else the whole text.
 */
export const json: Family<OfKind<'json'>> = {
  parse: (native) => (native.name === 'json' ? { kind: 'json' } : undefined),
  // MariaDB's JSON is this.
  target: (type, dialect) =>
    dialect === 'mariadb' ? { kind: 'text', bytes: 4_294_967_295, charset: 'utf8mb4', collation: 'utf8mb4_bin' } : type,
  declare: (_type, dialect) => (dialect === 'duckdb' ? 'JSON' : 'json'),
  widens: (_from, to) => to.kind === 'json',
  select: (expr, _type, dialect) => ({ value: dialect === 'duckdb' ? `CAST(${expr} AS VARCHAR)` : expr }),
  // MySQL refuses to make JSON of binary text (3144); TiDB would not notice invalid UTF-8 in a conversion.
  load: (variable, _type, dialect) => (dialect === 'mysql' ? `CONVERT(${variable} USING utf8mb4)` : undefined),
  literal: (value, _type, dialect) =>
    dialect === 'tidb' ? convertedLiteral(textOf(value)) : textLiteral(textOf(value), dialect),
  canonical(expr, _type, dialect, peer) {
    if (dialect === 'duckdb') return `CAST(${expr} AS VARCHAR)`;
    if (dialect === peer || !reprints(dialect) || !reprints(peer)) {
      return exactText(dialect === 'mariadb' ? expr : `CAST(${expr} AS CHAR)`, dialect);
    }
    const type = `JSON_TYPE(${expr})`;
    const kind = `CASE WHEN ${type} IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN 'NUMBER' ELSE ${type} END`;
    return `CONCAT_WS(' ', ${kind}, JSON_LENGTH(${expr}), JSON_DEPTH(${expr}))`;
  },
  keyset: () => false,
  form: () => ({ as: 'text' }),
  ticdc: () => ({ tidb_type: 'JSON' }),
};
