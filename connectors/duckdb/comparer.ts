import { type Comparer, loadedColumns, type RowDigest, type RowKey, type StreamName } from '../contract/index.ts';
import { findTable } from './catalog.ts';
import { digestsSql, extentSql, fetchSql, isPartial, placeNames, rowsSql } from './digest-sql.ts';
import type { DuckFile } from './file.ts';
import { readTexts } from './texts.ts';

const ROWS_AT_ONCE = 2048;
const KEYS_AT_ONCE = 500;

/** Compares tables of a DuckDB file by checksums that DuckDB computes. */
export function duckdbComparer(file: DuckFile): Comparer {
  const ask = async (sqlFor: (catalog: string) => string, signal: AbortSignal) => {
    signal.throwIfAborted();
    await using session = await file.session();
    const stop = () => session.interrupt();
    signal.addEventListener('abort', stop);
    try {
      return await session.rows(sqlFor(session.catalog));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
  return {
    dialect: async () => 'duckdb',
    hashes: async () => ['md5', 'sha256'],
    partial: async (table) => table.columns.filter((column) => isPartial(column, table)).map(({ name }) => name),
    columns: (stream) => columnsOf(file, stream),
    async extent(table, { range = {} }, signal) {
      const [found] = await ask((catalog) => extentSql(catalog, table, range), signal);
      const [rows, low, high] = found!;
      return { rows: Number(rows), ...(low == null || high == null ? {} : { low, high }) };
    },
    async digests(table, parts, hash, signal) {
      const rows = await ask((catalog) => digestsSql(catalog, table, parts, hash), signal);
      const found = new Map(rows.map(([place, ...sums]) => [place, sums]));
      return placeNames(parts).map((place) => {
        const [count, high, low] = found.get(place) ?? [];
        return { rows: Number(count ?? 0), high: BigInt(high ?? 0), low: BigInt(low ?? 0) };
      });
    },
    rows: (table, parts, hash, signal) => digestRows(file, (catalog) => rowsSql(catalog, table, parts, hash), signal),
    async fetch(table, keys, signal) {
      const found = new Map<string, (string | null)[][]>();
      for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
        const some = keys.slice(at, at + KEYS_AT_ONCE);
        for (const row of await ask((catalog) => fetchSql(catalog, table, some), signal)) {
          const key = JSON.stringify(row.slice(0, table.key.length));
          found.set(key, [...(found.get(key) ?? []), row.slice(table.key.length)]);
        }
      }
      return found;
    },
  };
}

async function columnsOf(file: DuckFile, stream: StreamName) {
  await using session = await file.session();
  const found = await findTable(session, stream);
  return found === undefined ? undefined : loadedColumns({ stream, columns: found.columns });
}

async function* digestRows(
  file: DuckFile,
  sqlFor: (catalog: string) => string,
  signal: AbortSignal,
): AsyncGenerator<readonly RowDigest[]> {
  await using session = await file.session();
  for await (const rows of readTexts(session, sqlFor(session.catalog), signal)) {
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      yield rows
        .slice(at, at + ROWS_AT_ONCE)
        .map(([keyHash, hash, ...key]) => ({ keyHash: keyHash!, hash: hash!, key: key as RowKey }));
    }
  }
  signal.throwIfAborted();
}
