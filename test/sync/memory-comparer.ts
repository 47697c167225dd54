import { createHash } from 'node:crypto';
import type { Column, Comparer, CompareTable, HashName, Part, RowDigest } from '../../connectors/contract/index.ts';

export type Row = readonly (string | null)[];

/** What was asked of a memory comparer. */
export interface Asked {
  digests: number;
  rowQuestions: number;
  rowsRead: number;
}

/** A comparer over rows in memory, whose values are canonical texts: for the algorithm, which knows no database. */
export function memoryComparer(rows: () => readonly Row[]): Comparer & { readonly asked: Asked } {
  const asked: Asked = { digests: 0, rowQuestions: 0, rowsRead: 0 };
  return {
    asked,
    dialect: async () => 'memory',
    partial: async () => [],
    hashes: async () => ['sha256', 'md5'],
    columns: async () => undefined,
    extent: async (table, part) => {
      const found = rows().filter((row) => inPart(table, part, 'md5', row));
      const firsts = found.map((row) => keyOf(table, row)[0]!).filter((value) => value !== null);
      firsts.sort((a, b) => compareTexts(firstColumn(table), a, b));
      return { rows: found.length, ...(firsts.length === 0 ? {} : { low: firsts[0]!, high: firsts.at(-1)! }) };
    },
    digests: async (table, parts, hash) => {
      asked.digests++;
      return parts.map((part) =>
        digest(
          rows().filter((row) => inPart(table, part, hash, row)),
          hash,
        ),
      );
    },
    async *rows(table, parts, hash) {
      asked.rowQuestions++;
      const found = rows().filter((row) => parts.some((part) => inPart(table, part, hash, row)));
      asked.rowsRead += found.length;
      const digests = found.map((row) => rowDigest(table, row, hash));
      digests.sort((a, b) => (a.keyHash < b.keyHash ? -1 : a.keyHash > b.keyHash ? 1 : 0));
      for (let i = 0; i < digests.length; i += 100) yield digests.slice(i, i + 100);
    },
    fetch: async (table, keys) => {
      const wanted = new Set(keys.map((key) => JSON.stringify(key)));
      const found = Map.groupBy(rows(), (row) => JSON.stringify(keyOf(table, row)));
      return new Map([...found].filter(([key]) => wanted.has(key)));
    },
  };
}

function firstColumn(table: CompareTable): Column {
  return table.columns.find((column) => column.name === table.key[0])!;
}

function keyOf(table: CompareTable, row: Row): Row {
  return table.key.map((name) => row[table.columns.findIndex((column) => column.name === name)]!);
}

function textOf(values: Row): string {
  return values.map((value) => (value === null ? 'N' : `${Buffer.byteLength(value)}:${value}`)).join('');
}

const hashed = new Map<string, string>();

function hashOf(values: Row, hash: HashName): string {
  const text = textOf(values);
  const known = hashed.get(`${hash} ${text}`);
  if (known !== undefined) return known;
  const made = createHash(hash).update(text).digest('hex');
  hashed.set(`${hash} ${text}`, made);
  return made;
}

function rowDigest(table: CompareTable, row: Row, hash: HashName): RowDigest {
  const key = keyOf(table, row);
  return { key, keyHash: hashOf(key, hash), hash: hashOf(row, hash) };
}

function digest(rows: readonly Row[], hash: HashName) {
  const hashes = rows.map((row) => hashOf(row, hash));
  const sum = (from: number) => hashes.reduce((total, hex) => total + BigInt(`0x${hex.slice(from, from + 16)}`), 0n);
  return { rows: rows.length, high: sum(0), low: sum(16) };
}

function inPart(table: CompareTable, part: Part, hash: HashName, row: Row): boolean {
  const key = keyOf(table, row);
  if (part.bucket !== undefined && !hashOf(key, hash).startsWith(part.bucket)) return false;
  if (part.range === undefined) return true;
  const { from, to } = part.range;
  const column = firstColumn(table);
  const value = key[0]!;
  return (
    (from === undefined || compareTexts(column, value, from) >= 0) &&
    (to === undefined || compareTexts(column, value, to) < 0)
  );
}

/** Order of canonical texts as databases have it. Decimals of one scale; dates and bytes order as their texts do. */
function compareTexts(column: Column, a: string, b: string): number {
  if (column.type.kind === 'integer' || column.type.kind === 'decimal') {
    const [x, y] = [BigInt(a.replace('.', '')), BigInt(b.replace('.', ''))];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
