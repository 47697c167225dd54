import { isOwnTable, matchesStream, type StreamName, type StreamSchema, streamText } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { checkQuery, checksOf } from './introspect-check.ts';
import { columnFields, columnOf } from './introspect-column.ts';
import { indexesOf, indexFields, keyOf } from './introspect-index.ts';
import { type Cell, cellText, type Run, runIfKnown } from './introspect-run.ts';
import { quoteText } from './quote.ts';

/** Databases that belong to the server. */
const systemSchemas = new Set(['information_schema', 'metrics_schema', 'mysql', 'performance_schema', 'sys']);

/** How many tables are looked at in one round of queries. */
const tablesARound = 200;

/**
 * All tables that match one of the patterns (`home`: the database of those without one), with their full schemas, in order of name. Views, system schemas and `_millrace_*` never.
 * The session must speak utf8mb4, have time zone +00:00 and no ANSI_QUOTES; on MySQL its `information_schema_stats_expiry` is set to 0.
 */
export async function introspect(
  run: Run,
  dialect: Dialect,
  patterns: readonly string[],
  home?: string,
): Promise<StreamSchema[]> {
  const rows = await run(
    "SELECT TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
  );
  const tables = rows
    .map((row) => ({ namespace: cellText(row[0]) ?? '', name: cellText(row[1]) ?? '' }))
    .filter((table) => !systemSchemas.has(table.namespace.toLowerCase()) && !isOwnTable(table.name))
    .filter((table) => patterns.some((pattern) => matchesStream(pattern, table, home)));
  return introspectTables(run, dialect, tables);
}

/** The schemas of tables given by the exact names that the server has for them; those that do not exist are left out. */
export async function introspectTables(
  run: Run,
  dialect: Dialect,
  tables: readonly StreamName[],
): Promise<StreamSchema[]> {
  // Else AUTO_INCREMENT and row counts are up to a day old.
  if (dialect === 'mysql' && tables.length > 0) {
    await run('SET SESSION information_schema_stats_expiry = 0').catch(() => undefined);
  }
  const found: StreamSchema[] = [];
  // MySQL and MariaDB have no such names, and fail when their catalogue is asked for one.
  const possible = tables.filter((table) => dialect === 'tidb' || !/[\u{10000}-\u{10ffff}]/u.test(streamText(table)));
  for (let at = 0; at < possible.length; at += tablesARound) {
    found.push(...(await readRound(run, dialect, possible.slice(at, at + tablesARound))));
  }
  return found.toSorted(
    (a, b) => compare(a.stream.namespace, b.stream.namespace) || compare(a.stream.name, b.stream.name),
  );
}

async function readRound(run: Run, dialect: Dialect, tables: readonly StreamName[]): Promise<StreamSchema[]> {
  const wanted = new Set(tables.map(keyText));
  const among = amongTables(tables);
  const read = async (fields: readonly string[], from: string, order: string) =>
    byTable(
      await run(
        `SELECT TABLE_SCHEMA, TABLE_NAME, ${fields.join(', ')} FROM INFORMATION_SCHEMA.${from} WHERE ${among('TABLE_SCHEMA', 'TABLE_NAME')}${order}`,
      ),
    );
  const facts = await read(tableFields(dialect), 'TABLES', " AND TABLE_TYPE <> 'VIEW'");
  const columns = await read(columnFields, 'COLUMNS', ' ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION');
  const known = await run('SHOW COLUMNS FROM INFORMATION_SCHEMA.STATISTICS');
  const statistics = await read(
    indexFields(new Set(known.map(([name]) => cellText(name)?.toUpperCase() ?? ''))),
    'STATISTICS',
    ' ORDER BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX',
  );
  const checks = byTable(await runIfKnown(run, checkQuery(among, dialect)));
  return [...facts]
    .filter(([key]) => wanted.has(key))
    .map(([key, [fact]]) =>
      schemaOf(fact!, columns.get(key) ?? [], statistics.get(key) ?? [], checks.get(key) ?? [], dialect),
    );
}

type Row = readonly Cell[];

function tableFields(dialect: Dialect): readonly string[] {
  const shards = dialect === 'tidb' ? 'TIDB_ROW_ID_SHARDING_INFO' : 'NULL';
  return ['TABLE_ROWS', 'DATA_LENGTH', 'AUTO_INCREMENT', 'TABLE_COLLATION', 'TABLE_COMMENT', shards];
}

function schemaOf(
  fact: Row,
  columnRows: readonly Row[],
  indexRows: readonly Row[],
  checkRows: readonly Row[],
  dialect: Dialect,
): StreamSchema {
  const { checks, json } = checksOf(checkRows, dialect);
  const plain = columnRows.map((row) => columnOf(row.slice(2), json, dialect));
  const all = indexesOf(
    indexRows.map((row) => row.slice(2)),
    dialect,
  );
  const key = keyOf(all, plain);
  const indexes = all.filter((index) => index !== key && index.name !== 'PRIMARY');
  const [rows, bytes, next, collation, comment, shards] = fact.slice(2).map(cellText);
  const random = shards?.startsWith('PK_AUTO_RANDOM') ? key?.parts[0]?.column : undefined;
  const columns = plain.map((column) => (column.name === random ? { ...column, autoRandom: true } : column));
  const counts = columns.some((column) => column.autoIncrement) && next !== undefined && next !== '0';
  return {
    stream: { namespace: cellText(fact[0]) ?? '', name: cellText(fact[1]) ?? '' },
    columns,
    ...(key === undefined ? {} : { key: key.parts.map((part) => part.column ?? '') }),
    ...(indexes.length === 0 ? {} : { indexes }),
    ...(checks.length === 0 ? {} : { checks }),
    ...(comment ? { comment } : {}),
    ...(collation === undefined ? {} : { charset: collation.split('_')[0]!, collation }),
    ...(counts ? { nextAutoIncrement: next } : {}),
    ...(rows === undefined ? {} : { rows: Number(rows) }),
    ...(bytes === undefined ? {} : { bytes: Number(bytes) }),
  };
}

/** A condition that holds for all of the tables, and perhaps for some more: the pairs are compared here, where no collation folds them. */
function amongTables(tables: readonly StreamName[]): (schema: string, table: string) => string {
  const list = (names: readonly string[]) => [...new Set(names)].map(quoteText).join(', ');
  const schemas = list(tables.map((table) => table.namespace));
  const names = list(tables.map((table) => table.name));
  return (schema, table) => `${schema} IN (${schemas}) AND ${table} IN (${names})`;
}

function byTable(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => keyText({ namespace: cellText(row[0]) ?? '', name: cellText(row[1]) ?? '' }));
}

function keyText(table: StreamName): string {
  return JSON.stringify([table.namespace, table.name]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
