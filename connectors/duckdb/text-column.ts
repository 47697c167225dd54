import type { ColumnType } from '../contract/index.ts';
import { selectSql } from '../types/index.ts';
import { quoteName, quoteText } from './quote.ts';
import type { ColumnSource } from './relation.ts';
import type { Session } from './session.ts';

/** A type that a column of texts may turn out to have. */
interface Candidate {
  /** Texts that are such values, in the only spelling of their value that is taken. */
  readonly pattern: string;
  readonly type: (facts: Facts) => ColumnType;
  /** The typed value of a text, NULL where it is none. */
  readonly cast: (text: string, type: ColumnType) => string;
  /** A further condition on a text. */
  readonly exact?: (text: string, type: ColumnType) => string;
}

/** Digits before and after the point, at most. */
interface Facts {
  readonly whole: number;
  readonly scale: number;
}

const day = '\\d{4}-\\d{2}-\\d{2}';
const time = '\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?';
const number = '-?(0|[1-9]\\d*)(\\.\\d+)?';
const fraction = (text: string) => `length(split_part(${text}, '.', 2))`;
const scaleOf = (type: ColumnType) => (type.kind === 'decimal' ? type.scale : 0);
const precisionOf = (type: ColumnType) => (type.kind === 'decimal' ? type.precision : 0);

/** In order: the first whose pattern all texts of the sample match. Numbers with leading zeros are codes: they stay text. */
const candidates: readonly Candidate[] = [
  {
    pattern: '0|-?[1-9]\\d{0,17}',
    type: () => ({ kind: 'integer', bits: 64, unsigned: false }),
    cast: (text) => `TRY_CAST(${text} AS BIGINT)`,
  },
  {
    pattern: number,
    type: ({ whole, scale }) => ({ kind: 'decimal', precision: whole + scale <= 14 ? 18 : 38, scale, unsigned: false }),
    cast: (text, type) => `TRY_CAST(${text} AS DECIMAL(${precisionOf(type)}, ${scaleOf(type)}))`,
    exact: (text, type) => `${fraction(text)} <= ${scaleOf(type)}`,
  },
  {
    pattern: `${number}([eE][-+]?\\d+)?`,
    type: () => ({ kind: 'float', bits: 64, unsigned: false }),
    cast: (text) => `TRY_CAST(${text} AS DOUBLE)`,
    exact: (text) => `length(ltrim(regexp_replace(split_part(lower(${text}), 'e', 1), '[-.]', '', 'g'), '0')) <= 15`,
  },
  {
    pattern: 'true|false',
    type: () => ({ kind: 'boolean' }),
    cast: (text) => `TRY_CAST(${text} AS BOOLEAN)`,
  },
  { pattern: day, type: () => ({ kind: 'date' }), cast: (text) => `TRY_CAST(${text} AS DATE)` },
  {
    pattern: `${day}[ T]${time}`,
    type: () => ({ kind: 'datetime', fsp: 6 }),
    cast: (text) => `TRY_CAST(${text} AS TIMESTAMP)`,
  },
  {
    pattern: `${day}[ T]${time}(Z|[-+]\\d{2}(:?\\d{2})?)`,
    type: () => ({ kind: 'timestamp', fsp: 6 }),
    cast: (text) => `TRY_CAST(${text} AS TIMESTAMPTZ)`,
  },
];

/** Digits that DuckDB's DECIMAL has at most; numbers with more stay text. */
const MOST_DIGITS = 38;

/** A column found among texts. */
export interface TextColumn {
  readonly type: ColumnType;
  /** The typed value, for conditions and cursors. */
  readonly typed: string;
  /** How it is read: `raw` is the name of the column of texts. */
  readonly source: ColumnSource;
}

function textColumn(candidate: Candidate, type: ColumnType, text: string, raw: string): TextColumn {
  const typed = candidate.cast(text, type);
  const value = candidate.cast(raw, type);
  const matches = `regexp_full_match(${raw}, ${quoteText(candidate.pattern)})`;
  const further = candidate.exact === undefined ? '' : ` AND ${candidate.exact(raw, type)}`;
  const exact = `(${raw} IS NULL OR (${matches}${further} AND ${value} IS NOT NULL))`;
  const shown = `CAST(${selectSql(value, type, 'duckdb').value} AS VARCHAR)`;
  // A row that is rejected shows the text as it stands in the file.
  return { type, typed, source: { value: `CASE WHEN ${exact} THEN ${shown} ELSE ${raw} END`, exact } };
}

/** A column that stays text. */
export function plainColumn(text: string, raw: string): TextColumn {
  return { type: { kind: 'text' }, typed: text, source: { value: raw } };
}

/**
 * The types of columns of texts, by some of their rows, or all; each row is held against them again when it is read. `from` is what stands behind
 * FROM for these, `texts` are expressions over it, `raw` the names under which the texts will be there beside the typed values.
 */
export async function textColumns(
  session: Session,
  from: string,
  texts: readonly string[],
  raw: readonly string[],
): Promise<TextColumn[]> {
  const facts = texts.flatMap((_, i) => {
    const x = `t${i}`;
    const whole = `max(length(ltrim(split_part(${x}, '.', 1), '-')))`;
    return [
      ...candidates.map(({ pattern }) => `bool_and(regexp_full_match(${x}, ${quoteText(pattern)}))`),
      whole,
      `max(${fraction(x)})`,
    ];
  });
  const select = texts.map((text, i) => `${text} AS t${i}`).join(', ');
  const sql = `SELECT ${facts.map((fact) => `CAST(${fact} AS VARCHAR)`).join(', ')} FROM (SELECT ${select} FROM ${from})`;
  const [row] = await session.rows(sql);
  const width = candidates.length + 2;
  return texts.map((text, i) => chooseType(row!.slice(i * width, (i + 1) * width), text, quoteName(raw[i]!)));
}

function chooseType(facts: readonly (string | null)[], text: string, raw: string): TextColumn {
  const found = candidates.findIndex((_, i) => facts[i] === 'true');
  const whole = Number(facts.at(-2) ?? 0);
  const scale = Number(facts.at(-1) ?? 0);
  const candidate = candidates[found];
  if (candidate === undefined || (found === 1 && whole + scale > MOST_DIGITS)) return plainColumn(text, raw);
  return textColumn(candidate, candidate.type({ whole, scale }), text, raw);
}
