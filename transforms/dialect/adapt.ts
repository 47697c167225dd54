import { type MillraceError, millraceError } from '../../connectors/contract/index.ts';
import { aggregateRules } from './aggregate.ts';
import { castRules } from './cast.ts';
import { comparisonRules } from './comparison.ts';
import { concatenationRules } from './concatenation.ts';
import { dateRules } from './date.ts';
import { dayRules } from './day.ts';
import { elapsedRules } from './elapsed.ts';
import { functionRules } from './function.ts';
import { intervalRules } from './interval.ts';
import { tokensOf, UnendedToken } from './lexer.ts';
import { lexicalRules } from './lexical.ts';
import { limitRules } from './limit.ts';
import { nameRules } from './name.ts';
import type { DialectServer, Pass, Rule } from './pass.ts';
import { refuseUnknown } from './refusal.ts';
import { sortRules } from './sort.ts';
import { textRules } from './text.ts';
import { placeOf, type Token } from './token.ts';
import { TokenList } from './token-list.ts';
import { valueRules } from './values.ts';
import { windowRules } from './window.ts';

/** How models are written: `standard` means on every server what it means on DuckDB; `mysql` is sent as it is. */
export type Dialect = 'standard' | 'mysql';
export const dialects: readonly Dialect[] = ['standard', 'mysql'];

export type ModelServer = DialectServer | 'duckdb';

/** In the order that they apply: what writes an operand twice comes after what changes operands. */
export const rules: readonly Rule[] = [
  ...lexicalRules,
  ...nameRules,
  ...castRules,
  ...intervalRules,
  ...concatenationRules,
  ...elapsedRules,
  ...dayRules,
  ...aggregateRules,
  ...dateRules,
  ...textRules,
  ...functionRules,
  ...valueRules,
  ...comparisonRules,
  ...limitRules,
  ...windowRules,
  ...sortRules,
];

export interface AdaptOptions {
  readonly dialect: Dialect;
  readonly server: ModelServer;
  /** What messages call the text: the path of the compiled file. */
  readonly name: string;
}

/**
 * Statements as the server is to get them, in a session of `sessionSettings`. What is not in the list of `docs/dialect.md` stays as it
 * is, byte for byte.
 * @throws MillraceError `model.dialect`, at line and column, for what has no equal on the server
 */
export function adaptSql(sql: string, { dialect, server, name }: AdaptOptions): string {
  if (dialect === 'mysql' || server === 'duckdb') return sql;
  const refusedAt = (offset: number, what: string, fix: string) => {
    const { line, column } = placeOf(sql, offset);
    return millraceError('model.dialect', `${what} (${server})`, { at: `${name}:${line}:${column}`, fix });
  };
  const list = new TokenList(readTokens(sql, refusedAt));
  const pass: Pass = {
    list,
    server,
    refused: (place, what, fix) => refusedAt(list.at(place).offset, what, fix),
  };
  refuseUnknown(pass);
  for (const rule of rules) rule.apply?.(pass);
  return list.text();
}

type RefusedAt = (offset: number, what: string, fix: string) => MillraceError;

function readTokens(sql: string, refusedAt: RefusedAt): Token[] {
  try {
    return tokensOf(sql);
  } catch (thrown) {
    if (!(thrown instanceof UnendedToken)) throw thrown;
    const fix = "Write a quote inside a text twice (`''`), not behind a backslash.";
    throw refusedAt(thrown.offset, `There is no end to ${thrown.what}`, fix);
  }
}
