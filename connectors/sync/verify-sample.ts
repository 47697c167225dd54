import type { ColumnType, CompareTable } from '../contract/index.ts';
import { meaning } from './spelling.ts';
import type { Looked } from './verify-look.ts';

/** A row that differs, with both sides' values as text: bytes as hex, null for NULL. */
export interface RowDifference {
  readonly kind: 'only-source' | 'only-destination' | 'different' | 'repeated';
  readonly key: Readonly<Record<string, string | null>>;
  /** All compared columns; a side that has no row has no values. */
  readonly columns: readonly ColumnDifference[];
}

export interface ColumnDifference {
  readonly name: string;
  readonly source?: string | null;
  readonly destination?: string | null;
  readonly differs: boolean;
}

/** A looked-at key as people are shown it. Of rows that repeat the first that the other side does not have is shown. */
export function rowDifference(table: CompareTable, looked: Looked): RowDifference {
  const meant = (row: Row) => JSON.stringify(row.map((text, i) => meaning(table.columns[i]!.type, text)));
  const ours = firstUnshared(meant, looked.source, looked.destination);
  const theirs = firstUnshared(meant, looked.destination, looked.source);
  const same = (i: number, type: ColumnType) =>
    ours !== undefined && theirs !== undefined && meaning(type, ours[i]!) === meaning(type, theirs[i]!);
  const columns = table.columns.map(({ name, type }, i) => ({
    name,
    ...(ours === undefined ? {} : { source: shown(type, ours[i]!) }),
    ...(theirs === undefined ? {} : { destination: shown(type, theirs[i]!) }),
    differs: !same(i, type),
  }));
  const typeOf = (name: string) => table.columns.find((column) => column.name === name)!.type;
  const key = Object.fromEntries(table.key.map((name, i) => [name, shown(typeOf(name), looked.key[i]!)]));
  return { kind: kindOf(looked), key, columns };
}

function kindOf({ source, destination }: Looked): RowDifference['kind'] {
  if (destination.length === 0) return 'only-source';
  if (source.length === 0) return 'only-destination';
  return source.length === destination.length ? 'different' : 'repeated';
}

type Row = readonly (string | null)[];

function firstUnshared(meant: (row: Row) => string, rows: readonly Row[], others: readonly Row[]): Row | undefined {
  const known = new Set(others.map(meant));
  return rows.find((row) => !known.has(meant(row))) ?? rows[0];
}

/** A canonical text as people write the value: that of a FLOAT is its digits behind the point, `e`, and the place of the point. */
function shown(type: ColumnType, text: string | null): string | null {
  const number = type.kind === 'float' && text !== null ? /^(-?)(\d+)e(-?\d+)$/.exec(text) : null;
  return number === null ? text : String(Number(`${number[1]}0.${number[2]}e${number[3]}`));
}
