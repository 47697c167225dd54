import type { AdapterType } from '../adapter/adapter.ts';
import { adaptSql, dialects, sqlMode } from '../dialect/index.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { ConfigReader } from './config-read.ts';

/** SQL as a server is to get it, and the `sql_mode` that it needs there; DuckDB has none. */
export interface SentText {
  readonly sql: string;
  readonly modes?: string;
}

/**
 * A text of a node in the words of the server: `+dialect: standard`, which is the rule, means on each what it means on DuckDB.
 * @param node undefined: a macro that is run by itself
 * @param at what messages call the text
 * @throws MillraceError `model.dialect` for what has no equal there
 */
export function sentText(node: ManifestNode | undefined, text: string, server: AdapterType, at: string): SentText {
  const sql = withoutSemicolon(text);
  if (server === 'duckdb') return { sql };
  const dialect = node === undefined ? 'standard' : new ConfigReader(node).word('dialect', dialects, 'standard');
  return { sql: withoutSemicolon(adaptSql(sql, { dialect, server, name: at })), modes: sqlMode(dialect) };
}

/** One at the end is common in files, and wrong inside of another statement. */
export function withoutSemicolon(sql: string): string {
  return sql.replace(/[\s;]+$/, '');
}
