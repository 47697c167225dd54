import type { ColumnType, Layout } from '../contract/index.ts';
import type { Dialect, Selection, Value } from './native.ts';
import type { NativeType } from './native-type.ts';

/**
 * How a value is written in Avro and which text goes in and out:
 * `long` and `year` are Avro int or long, `digits` a number as Avro string, `decimal` Avro bytes of the unscaled value, `bit` Avro bytes,
 * `vector` and `enum` (of one member, or of `many` with commas between) Avro strings, the rest as named.
 */
export type Form =
  | { readonly as: 'boolean' | 'year' | 'float' | 'double' | 'text' | 'digits' | 'bytes' | 'bit' | 'vector' }
  | { readonly as: 'long'; readonly avro: 'int' | 'long' }
  | { readonly as: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly as: 'enum'; readonly members: readonly string[]; readonly many: boolean };

/** What TiCDC says of a column in `connect.parameters`. */
export interface TicdcParameters {
  readonly tidb_type: string;
  readonly length?: string;
  readonly allowed?: string;
}

/** Every way in and out of the types of one family. `T` is the family's part of `ColumnType`. */
export interface Family<T extends ColumnType> {
  /** The server's declaration as a type, or undefined if it is not of this family. */
  parse(native: NativeType, dialect: Dialect): T | undefined;
  /** The nearest type of the dialect that holds every value. May be of another family. */
  target(type: T, dialect: Dialect): ColumnType;
  /** The declaration; `type` is what `target` gave. */
  declare(type: T, dialect: Dialect): string;
  /** Whether every value of `from` is a value of `to` with the same text. */
  widens(from: T, to: ColumnType, dialect: Dialect): boolean;
  select(expr: string, type: T, dialect: Dialect): Selection;
  load(variable: string, type: T, dialect: Dialect): string | undefined;
  /** `value` is never null. */
  literal(value: string | Uint8Array, type: T, dialect: Dialect): string;
  canonical(expr: string, type: T, dialect: Dialect, peer: Dialect): string;
  keyset(type: T): boolean;
  form(type: T, layout: Layout): Form;
  ticdc(type: T): TicdcParameters;
}

/** The part of `ColumnType` that has the kind, alone or among others. */
export type OfKind<K extends ColumnType['kind'], T = ColumnType> = T extends ColumnType
  ? K extends T['kind']
    ? T
    : never
  : never;

/** The text of a value that may not be bytes. */
export function textOf(value: Exclude<Value, null>): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}

/** The bytes of a value. */
export function bytesOf(value: Exclude<Value, null>): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
}
