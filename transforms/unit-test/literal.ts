import { type ColumnType, millraceError } from '../../connectors/contract/index.ts';
import type { AdapterType, ResultColumn } from '../adapter/adapter.ts';
import { toJson } from '../project/json.ts';
import { floatText } from '../project/python-text.ts';
import { Bytes, Float, isMap, Moment, type Value } from '../project/value.ts';
import { exactNumber } from './number.ts';

/** Where a value of a fixture goes. */
export interface LiteralPlace {
  readonly column: ResultColumn;
  readonly server: AdapterType;
  /** Texts of the server have backslashes that escape: `+dialect: mysql`. */
  readonly escapes: boolean;
  /** The file of the rows. */
  readonly at: string;
}

/**
 * A value of a fixture as SQL of the column's type. What the type cannot hold as it is written is an error: it would be rounded or cut, and
 * the test would be of something else (invariant 2).
 * @throws MillraceError `model.fixture`
 */
export function literalOf(value: Value, place: LiteralPlace): string {
  const { column, server } = place;
  const text = textFor(value, place);
  const target = server === 'duckdb' ? column.dataType : castTo(column.type, server);
  const isText = server !== 'duckdb' && target === 'char';
  const cast =
    text === null ? `cast(null as ${target})` : `cast(${quoted(text, place, value instanceof Bytes)} as ${target})`;
  return isText ? cast + collationOf(column.type) : cast;
}

function quoted(text: string, { escapes, server }: LiteralPlace, isHex: boolean): string {
  if (isHex) return server === 'duckdb' ? `from_hex('${text}')` : `x'${text}'`;
  const plain = text.replaceAll("'", "''");
  return `'${escapes ? plain.replaceAll('\\', '\\\\') : plain}'`;
}

/** Without a length: a text that is longer than the column's is no other one. */
function castTo(type: ColumnType, server: AdapterType): string {
  switch (type.kind) {
    case 'integer':
      return type.unsigned ? 'unsigned' : 'signed';
    case 'boolean':
    case 'year':
      return 'signed';
    case 'bit':
      return 'unsigned';
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'float':
      return 'double';
    case 'date':
      return 'date';
    case 'time':
      return 'time(6)';
    case 'datetime':
    case 'timestamp':
      return 'datetime(6)';
    case 'bytes':
      return 'binary';
    case 'json':
      return server === 'mariadb' ? 'char' : 'json';
    case 'vector':
      return 'vector';
    default:
      return 'char';
  }
}

/** Texts compare as those of the column do; those of what models make, byte by byte. */
function collationOf(type: ColumnType): string {
  const told = type.kind === 'text' ? type : undefined;
  if (told?.charset !== undefined && told.charset !== 'utf8mb4') return '';
  return ` collate ${told?.collation ?? 'utf8mb4_bin'}`;
}

/** What is cast, as text; null for NULL. @throws MillraceError `model.fixture` */
function textFor(value: Value, place: LiteralPlace): string | null {
  const { type } = place.column;
  if (value === null) return null;
  if (value instanceof Bytes) return Buffer.from(value.bytes).toString('hex');
  if (Array.isArray(value) || isMap(value) || value instanceof Set) return JSON.stringify(toJson(value));
  const text = plainText(value);
  if (['integer', 'bit', 'year', 'decimal', 'float'].includes(type.kind)) return numberFor(text, place);
  if (type.kind === 'date' && /[ T].*[1-9]/.test(text)) throw unfit(text, place);
  return text;
}

function plainText(value: Exclude<Value, null | Bytes | Value[]>): string {
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof Float) return floatText(value.value);
  return value instanceof Moment ? value.text : String(value);
}

const TRUTHS: Readonly<Record<string, string>> = { true: '1', false: '0' };

function numberFor(text: string, place: LiteralPlace): string {
  const { type } = place.column;
  const written = TRUTHS[text.toLowerCase()] ?? text;
  const number = exactNumber(written);
  // What is no number, such as `infinity`, is for the database to say.
  if (number === undefined && type.kind === 'float') return written;
  const scale = type.kind === 'decimal' ? type.scale : 0;
  if (number === undefined || (type.kind !== 'float' && number.scale > scale)) throw unfit(text, place);
  return written.trim();
}

function unfit(text: string, { column: { name, dataType }, at }: LiteralPlace): Error {
  return millraceError('model.fixture', `a row has ${text} for ${name}, which is ${dataType} and cannot hold it`, {
    at,
    fix: 'Write a value of that type, or cast the column in the model.',
  });
}
