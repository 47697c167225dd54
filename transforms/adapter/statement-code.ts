/** What a statement is by its first word, for reports: `INSERT`, `CREATE TABLE`. A WITH is a SELECT, and so is DuckDB's FROM. */
export function statementCode(sql: string): string {
  const bare = sql.replace(/^(\s+|--[^\n]*(\n|$)|#[^\n]*(\n|$)|\/\*[\s\S]*?\*\/|\()+/, '');
  const words =
    bare
      .match(/^\w+(\s+\w+){0,3}/)?.[0]
      .toUpperCase()
      .split(/\s+/) ?? [];
  const [first = '', ...rest] = words;
  if (['WITH', 'VALUES', 'TABLE', 'FROM'].includes(first)) return 'SELECT';
  if (!['CREATE', 'DROP', 'ALTER', 'RENAME', 'TRUNCATE'].includes(first)) return first;
  const kind = rest.find((word) => ['TABLE', 'VIEW', 'SCHEMA', 'DATABASE', 'INDEX'].includes(word));
  return kind === undefined ? first : `${first} ${kind}`;
}
