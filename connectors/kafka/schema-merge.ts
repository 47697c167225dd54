import { type Column, millraceError, type StreamSchema, streamText } from '../contract/index.ts';
import { sameType, widens } from '../types/index.ts';

/**
 * The stream's schema once messages of another one were seen: `newer` ones add columns, and both widen types, so that every message fits. The
 * same object where nothing changes. Columns that `seen` lacks may be NULL from then on. Throws `kafka.schemas-differ`.
 */
export function mergedSchema(known: StreamSchema, seen: StreamSchema, newer: boolean): StreamSchema {
  const columns = known.columns.map((column) => {
    const other = seen.columns.find((one) => one.name === column.name);
    return other === undefined ? lacking(column, known) : wider(column, other, known);
  });
  const names = new Set(known.columns.map((column) => column.name));
  const added = newer ? seen.columns.filter((column) => !names.has(column.name)) : [];
  const same = added.length === 0 && columns.every((column, i) => column === known.columns[i]);
  return same ? known : { ...known, columns: [...columns, ...added] };
}

/** A column with a default of its own is filled by the target. */
function lacking(column: Column, { key }: StreamSchema): Column {
  const isFilled = column.nullable || column.default !== undefined || column.generated !== undefined;
  return isFilled || key?.includes(column.name) ? column : { ...column, nullable: true };
}

function wider(column: Column, other: Column, { stream, key }: StreamSchema): Column {
  const nullable = column.nullable || (other.nullable && key?.includes(column.name) !== true);
  const takes = sameType(column.type, other.type, 'tidb') || widens(other.type, column.type, 'tidb');
  if (takes) return nullable === column.nullable ? column : { ...column, nullable };
  if (widens(column.type, other.type, 'tidb')) return { ...column, type: other.type, nullable };
  const at = `${streamText(stream)}.${column.name}`;
  const [one, two] = [column.type, other.type].map((type) => JSON.stringify(type));
  throw millraceError('kafka.schemas-differ', `${at} is ${one} in one schema and ${two} in another`, { at });
}
