import {
  type Comparer,
  type CompareTable,
  type Digest,
  isRanged,
  loadedColumns,
  millraceError,
  type RowDigest,
  type RowKey,
  type RowTexts,
  streamText,
} from '../contract/index.ts';
import { type Dialect, keyset } from '../types/index.ts';
import { type Cells, readCells, readOrdered } from './comparer-rows.ts';
import {
  canonicalColumn,
  canonicalLiteral,
  digestsSql,
  extentSql,
  isPartial,
  keyColumns,
  placeNames,
  rowsSql,
  tableConditions,
  textsSql,
} from './digest.ts';
import { inPieces } from './digest-pieces.ts';
import { introspectTables } from './introspect.ts';
import { serverErrno } from './introspect-run.ts';
import { whereSql } from './keyset.ts';
import { look } from './look.ts';
import type { Lease } from './pool.ts';
import { query } from './query.ts';
import { quoteName, quoteTable, quoteText } from './quote.ts';
import type { ServerInfo } from './server.ts';

export interface ComparerOptions {
  readonly dialect: (signal: AbortSignal) => Promise<ServerInfo['dialect']>;
  /** A session on which the tables stand as they are to be compared: now, or at a TSO. */
  readonly view: (signal: AbortSignal) => Promise<Lease>;
}

/** Keys looked up by one query. */
const KEYS_AT_ONCE = 200;
/** Times that a question is asked before half of it is: a connection may just have been old. */
const TRIES_AT_ALL = 2;

/** Compares tables of a MySQL-compatible server by checksums that the server computes. Each question leases a session of its own. */
export function sqlComparer({ dialect, view }: ComparerOptions): Comparer {
  // Streamed although they are few: a checksum takes long, and a stream ends when the signal does.
  const ask = (sql: string, signal: AbortSignal, most?: number): Promise<Cells[]> =>
    look(view, signal, async (session) => (await Array.fromAsync(readCells(session, sql, signal))).flat(), most);
  return {
    dialect,
    hashes: async (signal) => ((await hasMd5((sql) => ask(sql, signal))) ? ['md5', 'sha256'] : ['sha256']),
    async columns(stream, signal) {
      const own = await dialect(signal);
      const schemas = await look(view, signal, (session) =>
        introspectTables((sql) => query(session, sql), own, [stream]),
      );
      return schemas[0] && loadedColumns(schemas[0]);
    },
    async partial(table, signal) {
      const own = await dialect(signal);
      return table.columns.filter((column) => isPartial(column, table, own)).map(({ name }) => name);
    },
    async extent(table, { range = {} }, signal) {
      const [row] = await ask(extentSql(table, range, await dialect(signal)), signal);
      const [rows, low, high] = row!;
      const known = typeof low === 'string' && typeof high === 'string' && isRanged(keyColumns(table)[0]!.type);
      return { rows: Number(rows), ...(known ? { low, high } : {}) };
    },
    async digests(table, parts, hash, signal) {
      const by = { table, hash, dialect: await dialect(signal) };
      return await inPieces(parts, async (some, divisible) => {
        const rows = await ask(digestsSql(by, some), signal, divisible ? TRIES_AT_ALL : undefined);
        const found = new Map(rows.map((row) => [row[0], digestOf(table, row)]));
        return placeNames(some).map((place) => found.get(place) ?? { rows: 0, high: 0n, low: 0n });
      });
    },
    async *rows(table, parts, hash, signal) {
      const sql = rowsSql({ table, hash, dialect: await dialect(signal) }, parts);
      for await (const rows of readOrdered(view, sql, signal)) yield rows.map((cells) => rowDigest(table, cells));
    },
    async *texts(table, parts, hash, signal) {
      const sql = textsSql({ table, hash, dialect: await dialect(signal) }, parts);
      for await (const rows of readOrdered(view, sql, signal)) yield rows.map((cells) => rowTexts(table, cells));
    },
    async fetch(table, keys, signal) {
      const own = await dialect(signal);
      const wanted = new Set(keys.map((key) => JSON.stringify(key)));
      const found = new Map<string, (string | null)[][]>();
      for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
        const rows = await ask(fetchSql(table, keys.slice(at, at + KEYS_AT_ONCE), own), signal);
        for (const texts of rows) {
          const key = JSON.stringify(texts.slice(0, table.key.length));
          if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), texts.slice(table.key.length)]);
        }
      }
      return found;
    },
  };
}

function rowTexts(table: CompareTable, [keyHash, ...texts]: Cells): RowTexts {
  if (typeof keyHash !== 'string') throw tooLarge(table);
  return { key: texts.slice(0, table.key.length), keyHash, texts: texts.slice(table.key.length) };
}

function rowDigest(table: CompareTable, cells: Cells): RowDigest {
  const { key, keyHash, texts } = rowTexts(table, cells);
  const [hash] = texts;
  if (typeof hash !== 'string') throw tooLarge(table);
  return { key, keyHash, hash };
}

/** ER_SP_DOES_NOT_EXIST, and ER_NO_DB_ERROR where a function is looked for in a default database that the session does not have. */
const noSuchFunction = new Set([1046, 1305]);

/** MySQL 9.6 and later have no MD5() without a component. */
async function hasMd5(ask: (sql: string) => Promise<unknown>): Promise<boolean> {
  try {
    await ask("SELECT MD5('')");
    return true;
  } catch (thrown) {
    if (noSuchFunction.has(serverErrno(thrown) ?? 0)) return false;
    throw thrown;
  }
}

function digestOf(table: CompareTable, [, rows, hashes, high, low]: Cells): Digest {
  if (rows !== hashes) throw tooLarge(table);
  return { rows: Number(rows), high: BigInt(high ?? 0), low: BigInt(low ?? 0) };
}

function tooLarge(table: CompareTable) {
  const at = streamText(table.stream);
  return millraceError('compare.row-too-large', `${at} has a row too large for a checksum`, { at });
}

/** The key, then all columns, of the rows that may have these keys: a collation may find more than the text asked for. */
function fetchSql(table: CompareTable, keys: readonly RowKey[], dialect: Dialect): string {
  const columns = keyColumns(table);
  const equal = (text: string | null, i: number) => {
    const column = columns[i]!;
    const name = quoteName(column.name);
    if (text === null) return `${name} IS NULL`;
    if (keyset(column.type)) return `${name} = ${canonicalLiteral(text, column.type, dialect)}`;
    return `${canonicalColumn(column, table, dialect)} = ${quoteText(text)}`;
  };
  const select = [...columns, ...table.columns].map((column) => canonicalColumn(column, table, dialect));
  const among = keys.map((key) => whereSql(key.map(equal))).join(' OR ');
  const where = whereSql([...tableConditions(table), among]);
  return `SELECT ${select.join(', ')} FROM ${quoteTable(table.stream)} WHERE ${where}`;
}
