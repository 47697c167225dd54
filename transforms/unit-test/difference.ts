import type { Value } from '../jinja/index.ts';
import { textOf } from '../jinja/value/text.ts';
import type { Row, RowPair } from './comparison.ts';

/** Rows that are the same in both are shown up to here: what is wrong is looked for. */
const SHOWN_SAME = 10;
const SHOWN = 100;

/** What differs, as a table: `+++` is a row that came and was not expected, `---` one that did not come, `→` one with other values. */
export function differenceText(pairs: readonly RowPair[], columns: readonly string[]): string {
  const wrong = pairs.filter(({ kind }) => kind !== 'same');
  const same = pairs.filter(({ kind }) => kind === 'same');
  const shown = [...wrong.slice(0, SHOWN), ...same.slice(0, SHOWN_SAME)];
  const lines = [['@@', ...columns], ...shown.map(lineOf)];
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  const text = lines.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join(',')
      .trimEnd(),
  );
  const left = pairs.length - shown.length;
  return ['actual differs from expected:', '', ...text, ...(left === 0 ? [] : [`... and ${left} more rows`])].join(
    '\n',
  );
}

function lineOf({ kind, actual, expected }: RowPair): string[] {
  if (kind === 'missing') return ['---', ...cellsOf(expected!)];
  if (kind === 'extra') return ['+++', ...cellsOf(actual!)];
  if (kind === 'same') return ['', ...cellsOf(actual!)];
  const [now, wanted] = [cellsOf(actual!), cellsOf(expected!)];
  return ['→', ...now.map((cell, at) => (cell === wanted[at] ? cell : `${wanted[at]}→${cell}`))];
}

function cellsOf(row: Row): string[] {
  return row.map(cellText);
}

function cellText(value: Value): string {
  return value === null ? 'NULL' : textOf(value).replaceAll('\n', '\\n');
}
