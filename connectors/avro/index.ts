import type { Layout, Slab, StreamName, StreamSchema } from '../contract/index.ts';
import type { Value } from '../types/index.ts';

/** The Avro record schema of a stream's rows, as plain JSON, with the full types in properties. */
export declare function avroSchema(schema: StreamSchema, layout: Layout): object;
/** The Avro record schema of a stream's key. Throws if the stream has none. */
export declare function keySchema(schema: StreamSchema, layout: Layout): object;
/** The stream's schema back from the properties of an Avro schema that `avroSchema` made. */
export declare function streamSchema(avro: object, stream: StreamName): StreamSchema;
/** The key columns as a stream of their own, in key order: what keys are encoded by. */
export declare function keyStream(schema: StreamSchema): StreamSchema;

/** Why a row cannot be delivered exactly. */
export interface RowProblem {
  readonly code: 'row.too-large' | 'value.inexact' | 'value.malformed';
  readonly message: string;
  readonly column?: string;
}

/** Growing bytes. Positions are valid until the next call that may grow. */
export declare class ByteSink {
  bytes: Buffer;
  length: number;
  /** Makes room for `more` bytes after `length`. */
  reserve(more: number): void;
  /** The bytes so far as a view that is the caller's to keep; the sink starts anew. */
  take(): Uint8Array;
}

export declare class SlabBuilder {
  get rows(): number;
  get byteLength(): number;
  commitRow(): void;
  rollbackRow(): void;
  take(): Slab;
}

export interface TextRowOptions {
  readonly maxRowBytes: number;
  /** The columns that the check columns after the loaded ones belong to, in their order: those whose `selectSql` has `exact`. */
  readonly exact: readonly string[];
}
export interface TextRowEncoder {
  /** Appends the row to the builder, or leaves the builder as it was and says why not. */
  encode(buffer: Uint8Array, start: number, end: number, into: SlabBuilder): RowProblem | undefined;
}
export declare function textRowEncoder(schema: StreamSchema, layout: Layout, options: TextRowOptions): TextRowEncoder;

export declare function valuesEncoder(
  schema: StreamSchema,
  layout: Layout,
): (values: readonly Value[], into: SlabBuilder) => void;
export declare function valuesDecoder(schema: StreamSchema, layout: Layout): (slab: Slab, row: number) => Value[];

export interface LoadTextEncoder {
  /** Appends rows `from` (inclusive) to `to` (exclusive) as LOAD DATA text. */
  encode(slab: Slab, from: number, to: number, into: ByteSink): void;
}
export declare function loadTextEncoder(schema: StreamSchema, layout: Layout): LoadTextEncoder;

/** A text row's values, for showing it. */
export declare function textRowDecoder(schema: StreamSchema): (buffer: Uint8Array, start: number, end: number) => Value[];
/** `Reject.row`: JSON text of column name to value text, bytes as hex. */
export declare function rowJson(schema: StreamSchema, values: readonly Value[]): string;
