import type { ResultTable } from '../../transforms/adapter/adapter.ts';
import { PyDateTime } from '../../transforms/jinja/value/datetime.ts';
import { PyDecimal } from '../../transforms/jinja/value/decimal.ts';
import { PyFloat } from '../../transforms/jinja/value/number.ts';
import type { Value } from '../../transforms/jinja/value/object.ts';
import { textOf } from '../../transforms/jinja/value/text.ts';
import { clip } from './format.ts';
import { textTable } from './table.ts';

/** Longer values are cut in the table for people; JSON has them whole. */
const CELL = 60;

/** Rows as a table for people. */
export function shownText({ columns, rows }: ResultTable): string {
  const names = columns.map(({ name }) => name);
  const numbers = names.filter((_, at) => rows.some((row) => isNumber(row[at]!)));
  const cell = (value: Value) => (value === null ? 'NULL' : clip(textOf(value), CELL));
  return textTable(
    names,
    rows.map((row) => row.map(cell)),
    numbers,
  );
}

/**
 * Rows as objects for `JSON.stringify`. Numbers have all of their digits: those that a reader's floats cannot hold are for the reader to
 * take exactly (invariant 2).
 */
export function shownRows({ columns, rows }: ResultTable): object[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, jsonOf(row[at]!)])));
}

function jsonOf(value: Value): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  const text = textOf(value);
  if (isNumber(value) && /^-?\d/.test(text)) return rawJson(text);
  return value instanceof PyDateTime ? text.replace(' ', 'T') : text;
}

/** The compiler's own list of what `JSON` has is behind Node's. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

function isNumber(value: Value): boolean {
  return (
    typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat || value instanceof PyDecimal
  );
}
