import type { Column, CompareTable, RowKey } from '../contract/index.ts';
import type { Side } from './diff.ts';
import { meaning } from './spelling.ts';

type Row = readonly (string | null)[];

/** Keys to be looked at on both sides. */
export interface Look {
  readonly source: Side;
  readonly destination: Side;
  readonly keys: readonly RowKey[];
}

/** What both sides held for a key: most often one row or none. */
export interface Looked {
  readonly key: RowKey;
  readonly source: readonly Row[];
  readonly destination: readonly Row[];
}

/**
 * The keys whose rows are not equal now. The destination is looked at last: what had arrived there when the source was looked at
 * is not taken for missing.
 */
export async function look({ source, destination, keys }: Look, signal: AbortSignal): Promise<Looked[]> {
  const { columns } = source.table;
  const ours = await source.comparer.fetch(source.table, keys, signal);
  const theirs = await destination.comparer.fetch(destination.table, keys, signal);
  return keys
    .map((key) => {
      const text = JSON.stringify(key);
      return { key, source: ours.get(text) ?? [], destination: theirs.get(text) ?? [] };
    })
    .filter((looked) => !sameRows(columns, looked.source, looked.destination));
}

/** Whether the source's rows were the same at both looks. */
export function unchanged({ columns }: CompareTable, before: Looked, after: Looked): boolean {
  return sameRows(columns, before.source, after.source);
}

/** Whether both have the same rows, each as often, in any order. */
function sameRows(columns: readonly Column[], a: readonly Row[], b: readonly Row[]): boolean {
  const texts = (rows: readonly Row[]) =>
    rows.map((row) => JSON.stringify(row.map((text, i) => meaning(columns[i]!.type, text)))).sort();
  return a.length === b.length && JSON.stringify(texts(a)) === JSON.stringify(texts(b));
}
