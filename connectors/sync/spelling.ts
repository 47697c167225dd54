import type { ColumnType, CompareTable, RowDigest, RowTexts } from '../contract/index.ts';
import type { Side } from './diff.ts';

/** Two sides that face each other, cut into what checksums tell apart and what only texts do. */
export interface Spelled {
  readonly digested: { readonly source: Side; readonly destination: Side };
  /** Key, and the columns that have no text in common, each side with its own. Absent: there are none, or a side has no texts to give. */
  readonly spelled?: { readonly source: Side; readonly destination: Side };
}

export async function spelledSides(source: Side, destination: Side, signal: AbortSignal): Promise<Spelled> {
  const whole = { digested: { source, destination } };
  if (source.comparer.texts === undefined || destination.comparer.texts === undefined) return whole;
  const partial = await source.comparer.partial(source.table, signal);
  if (partial.length === 0) return whole;
  const isPartial = source.table.columns.map(({ name }) => partial.includes(name));
  const both = (narrow: (side: Side) => Side) => ({ source: narrow(source), destination: narrow(destination) });
  return {
    digested: both((side) => withColumns(side, (_, i) => !isPartial[i])),
    spelled: both((side) => {
      const { comparer, table } = withColumns(side, (name, i) => isPartial[i]! || side.table.key.includes(name));
      return { comparer, table: withOwnTexts(table) };
    }),
  };
}

function withColumns({ comparer, table }: Side, keep: (name: string, i: number) => boolean): Side {
  return { comparer, table: { ...table, columns: table.columns.filter(({ name }, i) => keep(name, i)) } };
}

/** The table with texts made for its own side alone. */
export function withOwnTexts({ peer: _, ...table }: CompareTable): CompareTable {
  return table;
}

/** Rows whose hash is what their texts mean. */
export async function* meanings(
  { columns }: CompareTable,
  rows: AsyncIterable<readonly RowTexts[]>,
): AsyncGenerator<readonly RowDigest[]> {
  for await (const array of rows) {
    yield array.map(({ key, keyHash, texts }) => {
      const meant = texts.map((text, i) => meaning(columns[i]!.type, text));
      return { key, keyHash, hash: JSON.stringify(meant) };
    });
  }
}

/** A text that is equal for equal values, whichever database wrote it. */
export function meaning(type: ColumnType, text: string | null): string | null {
  if (text === null) return null;
  if (type.kind === 'json') return documentMeaning(text);
  return type.kind === 'vector' ? vectorMeaning(text) : text;
}

/**
 * A document with its keys in order and its numbers in one spelling: integers exactly, others as the nearest double, which is
 * what a document's DECIMAL becomes on its way. Arrays, objects and numbers are arrays told by their first element.
 */
function documentMeaning(text: string): string {
  const tagged = (_: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value === 'number') return ['number', numberMeaning(context?.source ?? String(value))];
    if (Array.isArray(value)) return ['array', ...value];
    if (typeof value !== 'object' || value === null) return value;
    return ['object', ...Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))];
  };
  return JSON.stringify(JSON.parse(text, tagged));
}

function numberMeaning(source: string): string {
  if (/^-?\d+$/.test(source)) return BigInt(source).toString();
  const number = Number(source);
  return Number.isInteger(number) ? BigInt(number).toString() : String(number);
}

/** MySQL and MariaDB give the bytes of a vector as hex, TiDB its numbers. */
function vectorMeaning(text: string): string {
  if (!/^([0-9A-F]{8})*$/i.test(text)) return (JSON.parse(text) as number[]).map(Math.fround).join();
  const bytes = Buffer.from(text, 'hex');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)).join();
}
