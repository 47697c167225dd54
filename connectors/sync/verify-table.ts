import {
  type Column,
  type CompareTable,
  type Destination,
  type Source,
  type StreamRequest,
  streamText,
  type Target,
} from '../contract/index.ts';
import { compareTables } from './compare-tables.ts';
import type { Side } from './diff.ts';

/** Two ends whose tables may be compared. */
export interface ComparedEnds {
  readonly source: Pick<Source, 'comparer'>;
  readonly destination: Pick<Destination, 'comparer'>;
}

export interface LeftOut {
  readonly column: string;
  readonly reason: string;
}

/** The two sides of a stream as they can be compared, or why they cannot. */
export type Compared =
  | { readonly source: Side; readonly destination: Side; readonly leftOut: readonly LeftOut[] }
  | { readonly reason: string; readonly leftOut: readonly LeftOut[] };

/** What of a stream and its target can be compared: the columns that both have and whose values travel as they are. */
export async function comparedTables(
  { source, destination }: ComparedEnds,
  target: Target,
  request: StreamRequest,
  signal: AbortSignal,
): Promise<Compared> {
  const refusal = refuse(target);
  if (refusal !== undefined) return { reason: refusal, leftOut: [] };
  const [ours, theirs] = [source.comparer?.(), destination.comparer?.()];
  if (ours === undefined) return { reason: 'the source cannot compute checksums of its rows', leftOut: [] };
  if (theirs === undefined) return { reason: 'the destination cannot compute checksums of its rows', leftOut: [] };
  const found = await theirs.columns(target.table, signal);
  if (found === undefined) return { reason: `${streamText(target.table)} does not exist`, leftOut: [] };
  const tables = compareTables(target, request.where, 'all');
  const { columns, leftOut } = sharedColumns(tables.source.columns, found, request, target);
  const key = target.source.key ?? columns.map(({ ours: { name } }) => name);
  if (columns.length === 0) return { reason: 'no column can be compared', leftOut };
  const missing = key.find((name) => !columns.some(({ ours: column }) => column.name === name));
  if (missing !== undefined) return { reason: `the key column ${missing} cannot be compared`, leftOut };
  const named = new Map(columns.map((column) => [column.ours.name, column.theirs]));
  return {
    source: { comparer: ours, table: { ...tables.source, columns: columns.map((column) => column.ours), key } },
    destination: {
      comparer: theirs,
      table: {
        ...tables.destination,
        columns: columns.map((column) => ({ ...column.ours, name: column.theirs })),
        key: key.map((name) => named.get(name)!),
      } satisfies CompareTable,
    },
    leftOut,
  };
}

/** Write modes that keep more at the destination than the source's rows of today. */
function refuse({ read, write }: Target): string | undefined {
  if (write === 'history') return 'write `history` keeps every version of a row';
  if (write === 'append' && read !== 'full')
    return `read \`${read}\` with write \`append\` keeps every version of a row`;
  return undefined;
}

/** The source's columns with the destination's names of them. Columns that a destination adds for itself are not spoken of. */
function sharedColumns(
  ours: readonly Column[],
  theirs: readonly Column[],
  { protect = {} }: StreamRequest,
  { constant }: Target,
): { columns: { ours: Column; theirs: string }[]; leftOut: LeftOut[] } {
  const names = new Map(theirs.map(({ name }) => [name.toLowerCase(), name]));
  const columns: { ours: Column; theirs: string }[] = [];
  const leftOut: LeftOut[] = [];
  for (const column of ours) {
    const name = names.get(column.name.toLowerCase());
    if (protect[column.name] !== undefined) leftOut.push({ column: column.name, reason: 'protected' });
    else if (name === undefined) leftOut.push({ column: column.name, reason: 'not at the destination' });
    else columns.push({ ours: column, theirs: name });
  }
  const known = new Set([...ours.map(({ name }) => name.toLowerCase()), constant?.column.toLowerCase()]);
  const own = (name: string) => known.has(name.toLowerCase()) || name.startsWith('_millrace_');
  for (const { name } of theirs) if (!own(name)) leftOut.push({ column: name, reason: 'not at the source' });
  return { columns, leftOut };
}
