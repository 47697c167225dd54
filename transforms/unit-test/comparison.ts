import type { ColumnType } from '../../connectors/contract/index.ts';
import type { AdapterType, ResultColumn } from '../adapter/adapter.ts';
import type { Value } from '../jinja/index.ts';
import { textOf } from '../jinja/value/text.ts';
import { exactNumber, numberKey } from './number.ts';

export type Row = readonly Value[];

/** Two rows that belong together, or one that has no partner. The same row of both is `same`. */
export interface RowPair {
  readonly kind: 'same' | 'changed' | 'extra' | 'missing';
  readonly actual?: Row;
  readonly expected?: Row;
}

/**
 * Compares rows without regard to their order, by value and NULL-safe: numbers by their digits, whatever type they came in; texts byte by byte.
 * Rows that differ are paired with those most like them, so that people see what changed.
 */
export function compareRows(
  actual: readonly Row[],
  expected: readonly Row[],
  columns: readonly ResultColumn[],
  server: AdapterType,
): RowPair[] {
  const keyed = (rows: readonly Row[]) => rows.map((row) => ({ row, keys: keysOf(row, columns, server) }));
  const left = keyed(actual);
  const pairs: RowPair[] = [];
  const open = new Map<string, Keyed[]>();
  for (const one of left) put(open, one.keys.join('\0'), one);
  const missing: Keyed[] = [];
  for (const wanted of keyed(expected)) {
    const found = open.get(wanted.keys.join('\0'))?.pop();
    if (found === undefined) missing.push(wanted);
    else pairs.push({ kind: 'same', actual: found.row, expected: wanted.row });
  }
  const extra = new Set([...open.values()].flat());
  for (const wanted of missing) pairs.push(partnerOf(wanted, extra));
  for (const { row } of extra) pairs.push({ kind: 'extra', actual: row });
  return pairs;
}

interface Keyed {
  readonly row: Row;
  readonly keys: readonly string[];
}

function put(map: Map<string, Keyed[]>, key: string, one: Keyed): void {
  const others = map.get(key);
  if (others === undefined) map.set(key, [one]);
  else others.push(one);
}

/** The row that shares most values with it, at least one; taken out of `extra`. */
function partnerOf(wanted: Keyed, extra: Set<Keyed>): RowPair {
  let best: Keyed | undefined;
  let most = 0;
  for (const one of extra) {
    const shared = one.keys.filter((key, at) => key === wanted.keys[at]).length;
    if (shared > most) [best, most] = [one, shared];
  }
  if (best === undefined) return { kind: 'missing', expected: wanted.row };
  extra.delete(best);
  return { kind: 'changed', actual: best.row, expected: wanted.row };
}

function keysOf(row: Row, columns: readonly ResultColumn[], server: AdapterType): string[] {
  return row.map((value, at) => valueKey(value, columns[at]!.type, server));
}

/** The same text for equal values of a column, and no other: a mark of the kind comes first, so that NULL is no text. */
export function valueKey(value: Value, type: ColumnType, server: AdapterType): string {
  if (value === null) return 'n';
  const text = typeof value === 'boolean' ? String(value) : textOf(value);
  if (type.kind === 'boolean') return `b${text.toLowerCase().replace(/^1$/, 'true').replace(/^0$/, 'false')}`;
  if (type.kind === 'float') return `f${floatKey(Number(text), type.bits, server)}`;
  if (!['integer', 'decimal', 'bit', 'year'].includes(type.kind)) return `t${text}`;
  const number = exactNumber(typeof value === 'boolean' ? String(Number(value)) : text);
  return number === undefined ? `t${text}` : `f${numberKey(number)}`;
}

/** Servers write six digits of a FLOAT. */
function floatKey(number: number, bits: number, server: AdapterType): string {
  if (bits !== 32) return String(number === 0 ? 0 : number);
  return server === 'duckdb' ? String(Math.fround(number)) : String(Number(number.toPrecision(6)));
}
