import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import {
  type ColumnType,
  type Comparer,
  type CompareTable,
  type Digest,
  isRanged,
  type Part,
  type Range,
  type RowDigest,
} from '../contract/index.ts';
import { placeOf } from './key-place.ts';
import { ROWS } from './row-tables.ts';

/** Rows handed on together. */
const ROWS_AT_ONCE = 2000;
/** No row's hash: what is unknown is equal to nothing. */
const UNKNOWN = '?';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** All rows of a query, integers as bigint. */
export type Ask = (sql: string, values: readonly SQLInputValue[]) => Row[];

interface Where {
  readonly sql: string;
  readonly values: SQLInputValue[];
}

/** What is kept of rows, as a side of a comparison with the database that their hashes were made by. `known`: hashes count. */
export function rowsComparer(ask: Ask, known: boolean): Comparer {
  return {
    dialect: async () => 'tidb',
    hashes: async () => ['md5'],
    partial: async () => [],
    columns: async () => undefined,
    fetch: async () => new Map(),
    async extent(table, { range = {} }) {
      const { sql, values } = within(table, range);
      const [count] = ask(`SELECT COUNT(*) AS n FROM ${ROWS} WHERE ${sql}`, values);
      const rows = Number(count!.n);
      if (rows === 0 || !isRanged(firstType(table))) return { rows };
      const end = (order: string) =>
        ask(`SELECT key FROM ${ROWS} WHERE ${sql} ORDER BY at ${order} LIMIT 1`, values).map(({ key }) =>
          firstOf(key),
        )[0]!;
      return { rows, low: end('ASC'), high: end('DESC') };
    },
    async digests(table, parts, _hash, signal) {
      const digits = parts[0]?.bucket?.length;
      if (digits !== undefined) return await bucketDigests(ask, table, parts, known);
      const found: Digest[] = [];
      for (const { range = {} } of parts) {
        signal.throwIfAborted();
        const { sql, values } = within(table, range);
        found.push(digestOf(sums(ask, `FROM ${ROWS} WHERE ${sql}`, values)[0], known));
        await setImmediate();
      }
      return found;
    },
    async *rows(table, parts) {
      const { sql, values } = withinParts(table, parts);
      const page = `SELECT key, hash, a, b, c, d, moment FROM ${ROWS} WHERE ${sql} ORDER BY hash LIMIT ${ROWS_AT_ONCE}`;
      let last: SQLInputValue = Buffer.alloc(0);
      for (;;) {
        const some = ask(page, [...values, last]);
        if (some.length === 0) return;
        yield some.map((row) => rowOf(row, known));
        last = some.at(-1)!.hash as Uint8Array;
        await setImmediate();
      }
    },
  };
}

function rowOf(row: Row, known: boolean): RowDigest {
  const { key, hash, a, b, c, d, moment } = row;
  const hex = (quarter: unknown) => Number(quarter).toString(16).padStart(8, '0');
  return {
    key: JSON.parse(String(key)) as string[],
    keyHash: Buffer.from(hash as Uint8Array).toString('hex'),
    hash: known && moment === null ? [a, b, c, d].map(hex).join('') : UNKNOWN,
  };
}

/** Buckets of one range, slice by slice of the hash: a large table must not hold up the process. */
async function bucketDigests(ask: Ask, table: CompareTable, parts: readonly Part[], known: boolean): Promise<Digest[]> {
  const digits = parts[0]!.bucket!.length;
  const { sql, values } = within(table, parts[0]!.range ?? {});
  const bucket = `lower(substr(hex(hash), 1, ${digits}))`;
  const found = new Map<string, Row>();
  for (let slice = 0; slice < 16; slice++) {
    const edge = (at: number) => Buffer.from([at * 16]);
    const below = slice === 15 ? '' : 'AND hash < ?';
    const from = `FROM ${ROWS} WHERE ${sql} AND hash >= ? ${below} GROUP BY ${bucket}`;
    const edges = slice === 15 ? [edge(slice)] : [edge(slice), edge(slice + 1)];
    for (const row of sums(ask, from, [...values, ...edges], bucket)) found.set(String(row.p), row);
    await setImmediate();
  }
  return parts.map((part) => digestOf(found.get(part.bucket!), known));
}

function sums(ask: Ask, from: string, values: readonly SQLInputValue[], place = "''"): Row[] {
  const columns = ['a', 'b', 'c', 'd'].map((name) => `SUM(${name}) AS ${name}`).join(', ');
  return ask(`SELECT ${place} AS p, COUNT(*) AS n, COUNT(moment) AS unknown, ${columns} ${from}`, values);
}

/** Sums of the halves, from those of the quarters. Where a row is unknown: one that no rows have. */
function digestOf(row: Row | undefined, known: boolean): Digest {
  const n = (name: string) => BigInt((row?.[name] as bigint | null | undefined) ?? 0);
  const rows = Number(n('n'));
  if (rows > 0 && (!known || n('unknown') > 0n)) return { rows, high: -1n, low: -1n };
  return { rows, high: (n('a') << 32n) + n('b'), low: (n('c') << 32n) + n('d') };
}

function withinParts(table: CompareTable, parts: readonly Part[]): Where {
  const digits = parts[0]?.bucket?.length;
  const ranges = digits === undefined ? parts.map(({ range = {} }) => range) : [parts[0]!.range ?? {}];
  const all = ranges.map((range) => within(table, range));
  const buckets = parts.map(({ bucket }) => bucket);
  const some = digits === undefined || buckets.length === 16 ** digits;
  const among = some ? '' : ` AND lower(substr(hex(hash), 1, ${digits})) IN (SELECT value FROM json_each(?))`;
  return {
    sql: `(${all.map(({ sql }) => `(${sql})`).join(' OR ')})${among} AND hash > ?`,
    values: [...all.flatMap(({ values }) => values), ...(some ? [] : [JSON.stringify(buckets)])],
  };
}

function within(table: CompareTable, { from, to }: Range): Where {
  const type = firstType(table);
  if (!isRanged(type)) return { sql: "at = ''", values: [] };
  return {
    sql: ['TRUE', ...(from === undefined ? [] : ['at >= ?']), ...(to === undefined ? [] : ['at < ?'])].join(' AND '),
    values: [from, to].flatMap((text) => (text === undefined ? [] : [placeOf(type, text)])),
  };
}

function firstType({ columns, key }: CompareTable): ColumnType {
  return columns.find(({ name }) => name === key[0])!.type;
}

function firstOf(key: unknown): string {
  return (JSON.parse(String(key)) as [string])[0];
}
