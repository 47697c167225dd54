import type { Column, Index } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { plainExpression } from './introspect-default.ts';
import { type Cell, cellText } from './introspect-run.ts';

/**
 * What is selected from INFORMATION_SCHEMA.STATISTICS after TABLE_SCHEMA and TABLE_NAME, in order of index and SEQ_IN_INDEX. `known`: the columns
 * that it has on this server: expressions and visibility are younger than MySQL 5.7, and MariaDB calls what is not used IGNORED.
 */
export function indexFields(known: ReadonlySet<string>): readonly string[] {
  const expression = known.has('EXPRESSION') ? 'EXPRESSION' : 'NULL';
  const visible = known.has('IS_VISIBLE')
    ? 'IS_VISIBLE'
    : known.has('IGNORED')
      ? "IF(IGNORED = 'YES', 'NO', 'YES')"
      : 'NULL';
  return ['INDEX_NAME', 'NON_UNIQUE', 'COLUMN_NAME', 'COLLATION', 'SUB_PART', 'INDEX_TYPE', expression, visible];
}

type Part = Index['parts'][number];

/** The indexes of one table from its rows of STATISTICS; the primary key is the one called PRIMARY. */
export function indexesOf(rows: readonly (readonly Cell[])[], dialect: Dialect): Index[] {
  const found = new Map<string, { index: Omit<Index, 'parts'>; parts: Part[] }>();
  for (const row of rows) {
    const name = cellText(row[0]) ?? '';
    const at = found.get(name) ?? {
      index: {
        name,
        unique: cellText(row[1]) === '0',
        kind: kindOf(cellText(row[5]) ?? ''),
        ...(cellText(row[7]) === 'NO' ? { invisible: true } : {}),
      },
      parts: [],
    };
    at.parts.push(partOf(row, at.index.kind, dialect));
    found.set(name, at);
  }
  return [...found.values()].map(({ index, parts }) => ({ ...index, parts }));
}

/**
 * The key of a table: its primary key, else the unique key with the fewest columns whose columns are all NOT NULL and whole.
 * Generated columns do not travel, so a key with one is none.
 */
export function keyOf(indexes: readonly Index[], columns: readonly Column[]): Index | undefined {
  const usable = new Set(columns.filter((column) => column.generated === undefined).map((column) => column.name));
  const notNull = new Set(columns.filter((column) => !column.nullable).map((column) => column.name));
  const has = (names: ReadonlySet<string>) => (part: Part) => part.column !== undefined && names.has(part.column);
  const primary = indexes.find((index) => index.name === 'PRIMARY' && index.parts.every(has(usable)));
  if (primary !== undefined) return primary;
  return indexes
    .filter((index) => index.unique && index.kind === 'btree' && index.name !== 'PRIMARY')
    .filter((index) =>
      index.parts.every((part) => has(usable)(part) && has(notNull)(part) && part.length === undefined),
    )
    .toSorted((a, b) => a.parts.length - b.parts.length || (a.name < b.name ? -1 : 1))[0];
}

function partOf(row: readonly Cell[], kind: Index['kind'], dialect: Dialect): Part {
  const sql = cellText(row[6]);
  const length = kind === 'btree' ? cellText(row[4]) : undefined;
  return {
    // TiDB names the column of an expression 'NULL'.
    ...(sql === undefined ? { column: cellText(row[2]) ?? '' } : { sql: plainExpression(sql, dialect) }),
    ...(length === undefined ? {} : { length: Number(length) }),
    ...(cellText(row[3]) === 'D' ? { descending: true } : {}),
  };
}

function kindOf(type: string): Index['kind'] {
  const upper = type.toUpperCase();
  if (upper === 'FULLTEXT') return 'fulltext';
  if (upper === 'SPATIAL' || upper === 'RTREE') return 'spatial';
  return upper === 'VECTOR' || upper === 'HNSW' ? 'vector' : 'btree';
}
