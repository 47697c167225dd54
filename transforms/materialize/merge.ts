import { millraceError } from '../../connectors/contract/index.ts';
import { type NameRules, nameRules } from '../adapter/relation.ts';
import type { Strategy } from './build.ts';
import type { Statement, Step } from './step.ts';

export interface MergePlan {
  /** As SQL. */
  readonly target: string;
  readonly staging: string;
  readonly columns: readonly string[];
  readonly strategy: Strategy;
  readonly predicates: readonly string[];
  readonly dialect: 'tidb' | 'mysql' | 'mariadb' | 'duckdb';
  /** The relation, for messages. */
  readonly at: string;
}

/** Names that dbt's own statements give to the old and the new rows: predicates of projects use them. */
const OLD = 'DBT_INTERNAL_DEST';
const NEW = 'DBT_INTERNAL_SOURCE';

/** What brings the staged rows into the table, all at once, and what must hold before. */
export function mergeStatements(plan: MergePlan): { check?: Step; statements: Statement[] } {
  const { strategy } = plan;
  switch (strategy.kind) {
    case 'append':
      return { statements: [insertAll(plan)] };
    case 'delete+insert':
      return { statements: [deleteMatches(plan, strategy.key), insertAll(plan)] };
    case 'microbatch':
      return { statements: [deleteSpan(plan, strategy), insertSpan(plan, strategy)] };
    case 'merge': {
      const update = updateMatches(plan, strategy);
      const insert = insertOthers(plan, strategy.key);
      // An update can bring an old row out of sight of a predicate: what is new is found before it. It then meets new rows too, in vain.
      const statements = plan.predicates.length === 0 ? [...update, insert] : [insert, ...update];
      return { check: oneForEachKey(plan, strategy.key), statements };
    }
  }
}

function insertAll({ target, staging, columns, dialect }: MergePlan): Statement {
  const names = list(columns, nameRules(dialect));
  return { name: 'insert', sql: `INSERT INTO ${target} (${names}) SELECT ${names} FROM ${staging}` };
}

/**
 * Deletes by a join: with an index on either side that is quick on all servers, where IN is not. NULL matches nothing, as in dbt. Where there are
 * predicates the new rows have but their keys, by other names: a bare column is one of the old, as it is in dbt's statement.
 */
function deleteMatches({ target, staging, predicates, dialect }: MergePlan, key: readonly string[]): Statement {
  const rules = nameRules(dialect);
  const renamed = key.map((name, at) => [name, `millrace_key_${at + 1}`] as const);
  const keys = renamed.map(([name, other]) => `${rules.quote(name)} AS ${other}`).join(', ');
  const source = predicates.length === 0 ? staging : `(SELECT DISTINCT ${keys} FROM ${staging})`;
  const joined = matches(predicates.length === 0 ? same(key) : renamed, rules);
  const sql =
    dialect === 'duckdb'
      ? `DELETE FROM ${target} AS ${OLD} USING ${source} AS ${NEW} WHERE ${[joined, ...predicates.map(group)].join(' AND ')}`
      : `DELETE ${OLD} FROM ${target} AS ${OLD} JOIN ${source} AS ${NEW} ON ${joined}${where(predicates)}`;
  return { name: 'delete', sql };
}

function where(predicates: readonly string[]): string {
  return predicates.length === 0 ? '' : ` WHERE ${predicates.map(group).join(' AND ')}`;
}

/** A line of its own: a predicate may end in a comment. */
function group(predicate: string): string {
  return `(${predicate}\n)`;
}

type Microbatch = Extract<Strategy, { kind: 'microbatch' }>;

function inSpan({ eventTime, from, to }: Microbatch, dialect: MergePlan['dialect']): string {
  const column = nameRules(dialect).quote(eventTime);
  return `${column} >= ${from} AND ${column} < ${to}`;
}

/** A query may give rows of other batches too, where what it reads has no `event_time`: these come with their own. */
function insertSpan(plan: MergePlan, span: Microbatch): Statement {
  const { name, sql } = insertAll(plan);
  return { name, sql: `${sql} WHERE ${inSpan(span, plan.dialect)}` };
}

function deleteSpan({ target, dialect, predicates }: MergePlan, span: Microbatch): Statement {
  const conditions = [inSpan(span, dialect), ...predicates.map(group)].join(' AND ');
  return { name: 'delete', sql: `DELETE FROM ${target} WHERE ${conditions}` };
}

/** Two new rows of one key would leave it to chance which of them the old row becomes. */
export function oneForEachKey(
  { staging, at, dialect }: Pick<MergePlan, 'staging' | 'at' | 'dialect'>,
  key: readonly string[],
): Step {
  const rules = nameRules(dialect);
  const names = list(key, rules);
  const present = key.map((name) => `${rules.quote(name)} IS NOT NULL`).join(' AND ');
  const sql = `SELECT ${names}, COUNT(*) FROM ${staging} WHERE ${present} GROUP BY ${names} HAVING COUNT(*) > 1 LIMIT 1`;
  return {
    name: 'check',
    look: async (session) => {
      const { table } = await session.execute(sql, { fetch: true });
      if (table === undefined || table.rows.length === 0) return;
      throw millraceError('model.key', `${at}: the query gives several rows for one value of ${key.join(', ')}`, {
        at,
      });
    },
  };
}

function updateMatches(
  { target, staging, columns, predicates, dialect }: MergePlan,
  { key, update, exclude = [] }: Extract<Strategy, { kind: 'merge' }>,
): Statement[] {
  const rules = nameRules(dialect);
  const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());
  const kept = lower([...key, ...exclude]);
  const changed = columns.filter((name) =>
    update === undefined ? !kept.includes(name.toLowerCase()) : lower(update).includes(name.toLowerCase()),
  );
  if (changed.length === 0) return [];
  const conditions = [matches(same(key), rules), ...predicates.map(group)].join(' AND ');
  const set = (side: string) =>
    changed.map((name) => `${side}${rules.quote(name)} = ${NEW}.${rules.quote(name)}`).join(', ');
  const sql =
    dialect === 'duckdb'
      ? `UPDATE ${target} AS ${OLD} SET ${set('')} FROM ${staging} AS ${NEW} WHERE ${conditions}`
      : `UPDATE ${target} AS ${OLD} JOIN ${staging} AS ${NEW} ON ${conditions} SET ${set(`${OLD}.`)}`;
  return [{ name: 'update', sql }];
}

function insertOthers({ target, staging, columns, predicates, dialect }: MergePlan, key: readonly string[]): Statement {
  const rules = nameRules(dialect);
  const names = list(columns, rules);
  const conditions = [matches(same(key), rules), ...predicates.map(group)].join(' AND ');
  const sql = `INSERT INTO ${target} (${names}) SELECT ${columns.map((name) => `${NEW}.${rules.quote(name)}`).join(', ')} FROM ${staging} AS ${NEW}
WHERE NOT EXISTS (SELECT 1 FROM ${target} AS ${OLD} WHERE ${conditions})`;
  return { name: 'insert', sql };
}

/** @param key each by its name in the old rows and in the new */
function matches(key: readonly (readonly [string, string])[], rules: NameRules): string {
  return key.map(([old, fresh]) => `${OLD}.${rules.quote(old)} = ${NEW}.${rules.quote(fresh)}`).join(' AND ');
}

const same = (key: readonly string[]) => key.map((name) => [name, name] as const);

function list(columns: readonly string[], rules: NameRules): string {
  return columns.map((name) => rules.quote(name)).join(', ');
}
