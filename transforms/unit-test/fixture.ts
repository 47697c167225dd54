import { millraceError } from '../../connectors/contract/index.ts';
import type { ResultColumn } from '../adapter/adapter.ts';
import { type NameRules, nameRules } from '../adapter/relation.ts';
import { isMap, type Value, type ValueMap } from '../project/value.ts';
import { type LiteralPlace, literalOf } from './literal.ts';

/** Rows of a unit test: maps of columns, or the text of a query. */
export type Fixture =
  | { readonly kind: 'rows'; readonly rows: readonly ValueMap[] }
  | { readonly kind: 'sql'; readonly sql: string };

export function fixtureOf(written: ValueMap): Fixture {
  const rows = written.get('rows');
  if (written.get('format') === 'sql') return { kind: 'sql', sql: typeof rows === 'string' ? rows : '' };
  return { kind: 'rows', rows: Array.isArray(rows) ? rows.filter(isMap) : [] };
}

export interface FixtureTarget extends Omit<LiteralPlace, 'column'> {
  /** The columns that rows may have. */
  readonly columns: readonly ResultColumn[];
  /** What messages call the rows: `ref('orders')`, `the expected rows`. */
  readonly what: string;
}

/**
 * A query that gives the rows, each column in the type that it has; what a row does not say is NULL.
 * @throws MillraceError `model.fixture` for a column that there is not, and a value that does not fit
 */
export function fixtureSql(rows: readonly ValueMap[], target: FixtureTarget): string {
  const rules = nameRules(target.server);
  if (rows.length === 0) return `${selectOf(new Map(), target, rules)} limit 0`;
  return rows.map((row) => selectOf(valuesOf(row, target), target, rules)).join('\nunion all\n');
}

function selectOf(values: ReadonlyMap<string, Value>, target: FixtureTarget, rules: NameRules): string {
  const cells = target.columns.map((column) => {
    const value = values.get(column.name.toLowerCase()) ?? null;
    return `${literalOf(value, { ...target, column })} as ${rules.quote(column.name)}`;
  });
  return `select ${cells.join(', ')}`;
}

/** By the columns' names in small letters. */
function valuesOf(row: ValueMap, { columns, what, at }: FixtureTarget): Map<string, Value> {
  const known = new Set(columns.map(({ name }) => name.toLowerCase()));
  const values = new Map<string, Value>();
  for (const [key, value] of row) {
    const name = String(key).toLowerCase();
    if (!known.has(name)) {
      throw millraceError('model.fixture', `${what} has no column ${String(key)}`, {
        at,
        fix: `Its columns are ${columns.map((column) => column.name).join(', ')}.`,
      });
    }
    values.set(name, value);
  }
  return values;
}

/** The columns that rows speak of, in the order of the first mention; those of the result where there are no rows. */
export function spokenColumns(rows: readonly ValueMap[], columns: readonly ResultColumn[]): readonly ResultColumn[] {
  const names = new Set(rows.flatMap((row) => [...row.keys()].map((key) => String(key).toLowerCase())));
  if (names.size === 0) return columns;
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  return [...names].flatMap((name) => byName.get(name) ?? []);
}
