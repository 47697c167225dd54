import { millraceError, type RowKey, streamText, type Target } from '../contract/index.ts';
import type { Dialect, Value } from '../types/index.ts';
import { deleteByKeys } from './delete-keys.ts';
import { introspectTables } from './introspect.ts';
import type { Run } from './introspect-run.ts';
import { deletedAt } from './shape.ts';

/** Removes the rows of the target with these keys (canonical texts of the source's key columns); softly where the target says so. */
export async function removeRows(
  run: Run,
  dialect: Exclude<Dialect, 'duckdb'>,
  target: Target,
  keys: readonly RowKey[],
): Promise<number> {
  const [table] = await introspectTables(run, dialect, [target.table]);
  const at = streamText(target.table);
  if (table === undefined) throw millraceError('schema.moved', `${at} is not there`, { at });
  const { constant } = target;
  const names = [...(target.source.key ?? []), ...(constant === undefined ? [] : [constant.column])];
  const key = names.map((name) => table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase())!);
  const values = keys.map((texts) => [
    ...texts.map((text, i): Value => (text !== null && isBytes(key[i]!.type.kind) ? Buffer.from(text, 'hex') : text)),
    ...(constant === undefined ? [] : [constant.value]),
  ]);
  const soft = target.write === 'soft_delete' ? { deletedAt: deletedAt.name } : {};
  return deleteByKeys(run, { dialect, table: table.stream, key, ...soft }, values);
}

/** Kinds whose canonical text is hex. */
function isBytes(kind: string): boolean {
  return kind === 'bytes' || kind === 'bit';
}
