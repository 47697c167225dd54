import { type Column, type CompareTable, DELETED_AT, loadedColumns, type Target } from '../contract/index.ts';

/**
 * The two tables that a target's rows should be equal in: its key, or all loaded columns. Both name the source's logical types,
 * so that both sides make the same canonical text. `where` is the stream's row filter.
 */
export function compareTables(
  target: Target,
  where: string | undefined,
  which: 'key' | 'all',
): { source: CompareTable; destination: CompareTable } {
  const { source, table, constant } = target;
  const key = source.key ?? [];
  const chosen = (column: Column) => which === 'all' || key.includes(column.name);
  const columns = loadedColumns(source).filter(chosen);
  return {
    source: { stream: source.stream, columns, key, ...(where === undefined ? {} : { where }) },
    destination: {
      stream: table,
      columns,
      key,
      ...(target.write === 'soft_delete' ? { where: `${DELETED_AT} IS NULL` } : {}),
      ...(constant === undefined ? {} : { equals: constant }),
    },
  };
}
