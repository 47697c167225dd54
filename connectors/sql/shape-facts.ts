import { MillraceError, type StreamSchema } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { isPlainDefault } from './ddl-column.ts';
import { cellText, type Run, serverErrno, serverMessage } from './introspect-run.ts';
import { quoteName } from './quote.ts';

/** What planning asks of a server, once. */
export interface ServerFacts {
  readonly dialect: Dialect;
  /** Names of tables that differ by case only are one table (`lower_case_table_names` is not 0). */
  readonly foldsNames: boolean;
  readonly checksEnforced: boolean;
}

export async function readServerFacts(run: Run, dialect: Dialect): Promise<ServerFacts> {
  const checks = dialect === 'tidb' ? '@@GLOBAL.tidb_enable_check_constraint' : '1';
  const [row] = await run(`SELECT @@GLOBAL.lower_case_table_names, ${checks}`);
  const on = cellText(row?.[1]);
  return { dialect, foldsNames: cellText(row?.[0]) !== '0', checksEnforced: on === '1' || on === 'ON' };
}

/**
 * Which of a shape's expressions (defaults, generated columns, checks, functional indexes) the server does not take, with its words.
 * Each is computed over a row of NULLs of the table's types, so that every function and column in it must be known; nothing is stored.
 */
export async function refusedExpressions(
  run: Run,
  schema: StreamSchema,
  dialect: Dialect,
): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  const from = nullRow(schema);
  for (const { sql, role } of expressionsOf(schema)) {
    const why = ruledOut(sql, role, dialect) ?? (await whyRefused(run, sql, from));
    if (why !== undefined) refused.set(sql, why);
  }
  return refused;
}

type Role = 'default' | 'generated' | 'check' | 'index';

function expressionsOf(schema: StreamSchema): { sql: string; role: Role }[] {
  const defaults = schema.columns.flatMap((column) =>
    column.default?.kind === 'expression' ? [column.default.sql] : [],
  );
  const generated = schema.columns.flatMap((column) => (column.generated === undefined ? [] : [column.generated.sql]));
  const parts = (schema.indexes ?? []).flatMap((index) => index.parts.flatMap((part) => part.sql ?? []));
  const as = (role: Role) => (sql: string) => ({ sql, role });
  return [
    ...defaults.filter((sql) => sql !== '' && !isPlainDefault(sql)).map(as('default')),
    ...generated.map(as('generated')),
    ...(schema.checks ?? []).map((check) => as('check')(check.sql)),
    ...parts.map(as('index')),
  ];
}

/** Functions that TiDB takes in a default; it refuses all others, and all operators. */
const tidbDefaults =
  /^(uuid|rand|curdate|current_date|json_array|json_object|json_quote|vec_from_text)\b.*\)$|^current_date$/i;

/** Functions that TiDB takes in an index over an expression without `allow-expression-index`. */
const tidbIndexes = /^\(*(lower|upper|md5|reverse|tidb_shard|vitess_hash|json_\w+|cast)\(/i;

function ruledOut(sql: string, role: Role, dialect: Dialect): string | undefined {
  if (dialect !== 'tidb') return undefined;
  if (role === 'default' && !tidbDefaults.test(sql)) return `TiDB takes no default like ${sql}`;
  return role === 'index' && !tidbIndexes.test(sql) ? `TiDB takes no index over ${sql}` : undefined;
}

async function whyRefused(run: Run, sql: string, from: string): Promise<string | undefined> {
  try {
    // `CAST(... AS CHAR(9) ARRAY)` is known in an index only.
    await run(`SELECT (${sql.replace(/ array\)/gi, ')')}) FROM ${from} LIMIT 0`);
    return undefined;
  } catch (thrown) {
    // Without a default database MySQL looks for a stored function in none.
    if (serverErrno(thrown) === 1046) return 'it calls a function that this server does not have';
    const passes = thrown instanceof MillraceError && thrown.retry !== 'never';
    if (passes || serverErrno(thrown) === undefined) throw thrown;
    return serverMessage(thrown);
  }
}

function nullRow(schema: StreamSchema): string {
  const columns = schema.columns.map((column) => `NULL AS ${quoteName(column.name)}`);
  return `(SELECT ${columns.join(', ')}) ${quoteName(schema.stream.name)}`;
}
