/** What may follow a table in FROM and is no alias of it. */
const WORDS = [
  'where', 'join', 'inner', 'left', 'right', 'full', 'cross', 'natural', 'straight_join', 'asof', 'positional', 'semi', 'anti', 'lateral', 'on',
  'using', 'group', 'order', 'having', 'limit', 'offset', 'fetch', 'union', 'except', 'intersect', 'window', 'qualify', 'for', 'tablesample',
  'pivot', 'unpivot', 'set', 'values', 'into', 'procedure', 'returning', 'partition', 'use', 'force', 'ignore', 'sample',
]; // biome-ignore format: a list

const ALIAS = new RegExp(
  String.raw`\) _dbt_(?:limit|et_filter)_subq_\w+(?=\s+(?:as\s+)?(?:"[^"]+"|\`[^\`]+\`|(?!(?:${WORDS.join('|')})\b)[a-z_]\w*))`,
  'gi',
);

/** A relation of which only some rows are read is a query with a name of its own: it gives way to the name that the code has for it. */
export function withOwnAliases(sql: string): string {
  return sql.replace(ALIAS, ')');
}
