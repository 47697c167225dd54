import {
  lineDecoder,
  type RowProblem,
  rowJson,
  SlabBuilder,
  spareBuffer,
  spareRelease,
  textLineEncoder,
  textRowDecoder,
  textRowEncoder,
  valuesDecoder,
} from '../avro/index.ts';
import {
  type Batch,
  type Layout,
  loadedColumns,
  type Reject,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { streamRows } from './rows.ts';
import type { Session } from './session.ts';

/** A batch is handed on at this many rows or bytes, whichever is first. */
const BATCH_ROWS = 5000;
const BATCH_BYTES = 1024 * 1024;
/** Batches that may wait for the reader before the server is held off. */
const READY = 2;

/** A batch, and the values of its last row: where the next page begins. To be asked for before the batch is handed on. */
export interface ReadBatch {
  readonly batch: Batch;
  readonly last: () => readonly Value[];
}

/** What makes rows of the text protocol into batches: compiled once for a stream. */
export interface BatchShape {
  readonly schema: StreamSchema;
  readonly layout: Layout;
  /** Lines of LOAD DATA in place of Avro. */
  readonly lines?: true;
  readonly maxRowBytes: number;
  readonly exact: readonly string[];
}

/** Reads a SELECT as batches. The server is held off while the consumer is behind. Throws `MillraceError`, or the signal's reason. */
export async function* readBatches(
  session: Session,
  sql: string,
  shape: BatchShape,
  signal: AbortSignal,
): AsyncGenerator<ReadBatch, void, undefined> {
  const stop = new AbortController();
  const ready = new Ready<ReadBatch>();
  const building = new BatchBuilder(shape);
  const onRow = (buffer: Uint8Array, start: number, end: number) => {
    building.row(buffer, start, end);
    return building.full ? ready.push(building.take()) : undefined;
  };
  const reading = streamRows(session, sql, onRow, { signal: AbortSignal.any([signal, stop.signal]) }).then(
    () => {
      if (!building.empty) void ready.push(building.take());
      ready.end();
    },
    (reason: unknown) => ready.fail(reason),
  );
  try {
    yield* ready.items();
  } finally {
    stop.abort();
    ready.release();
    await reading;
  }
}

/** Rows on their way into a batch. */
class BatchBuilder {
  readonly #shape: BatchShape;
  readonly #stream: string;
  readonly #encode: ReturnType<typeof textRowEncoder>['encode'];
  readonly #slab = new SlabBuilder(undefined, spareBuffer);
  readonly #readText: ReturnType<typeof textRowDecoder>;
  readonly #readSlab: ReturnType<typeof valuesDecoder>;
  #rejects: Reject[] = [];
  /** Values of the last row where it was rejected; otherwise it is the last of the slab. */
  #lastRejected: readonly Value[] | undefined;

  constructor(shape: BatchShape) {
    this.#shape = shape;
    this.#stream = streamText(shape.schema.stream);
    const { schema, layout, lines } = shape;
    const encoder = lines ? textLineEncoder(schema, shape) : textRowEncoder(schema, layout, shape);
    this.#encode = encoder.encode.bind(encoder);
    this.#readText = textRowDecoder(shape.schema);
    this.#readSlab = lines ? lineDecoder(schema) : valuesDecoder(schema, layout);
  }

  get full(): boolean {
    return this.#slab.rows + this.#rejects.length >= BATCH_ROWS || this.#slab.byteLength >= BATCH_BYTES;
  }

  get empty(): boolean {
    return this.#slab.rows + this.#rejects.length === 0;
  }

  row(buffer: Uint8Array, start: number, end: number): void {
    const problem = this.#encode(buffer, start, end, this.#slab);
    if (problem === undefined) this.#lastRejected = undefined;
    else this.#reject(problem, this.#readText(buffer, start, end));
  }

  take(): ReadBatch {
    const memory = this.#slab.sink.bytes;
    const rows = this.#slab.take();
    const rejects = this.#rejects;
    const rejected = this.#lastRejected;
    this.#rejects = [];
    this.#lastRejected = undefined;
    const { schema, lines } = this.#shape;
    const more = { ...(lines ? { lines } : {}), ...(rejects.length === 0 ? {} : { rejects }) };
    return {
      batch: { kind: 'batch', schema, rows, ...more, release: spareRelease(memory) },
      last: () => rejected ?? this.#readSlab(rows, rows.ends.length - 1),
    };
  }

  #reject({ code, message, column, bytes }: RowProblem, values: readonly Value[]): void {
    this.#lastRejected = values;
    const { schema } = this.#shape;
    const names = loadedColumns(schema).map(({ name }) => name);
    const row = rowJson(
      schema,
      values.map((value, i) => (bytes !== undefined && names[i] === column ? bytes : value)),
    );
    this.#rejects.push({ stream: this.#stream, code, message, row });
  }
}

/** Places of the key's columns among the values of a row. */
export function keyPlaces(schema: StreamSchema, names: readonly string[]): number[] {
  const columns = loadedColumns(schema);
  return names.map((name) => columns.findIndex((column) => column.name === name));
}

/** A queue between a producer that is pushed and a consumer that pulls. */
export class Ready<T> {
  readonly #items: T[] = [];
  #end: { readonly reason?: unknown; readonly failed: boolean } | undefined;
  #wake: () => void = () => undefined;
  /** All that wait for room: of small rows several batches come before the server is held off. */
  readonly #drained: (() => void)[] = [];

  /** A promise where the consumer is behind; it resolves when there is room. */
  push(item: T): Promise<void> | undefined {
    this.#items.push(item);
    this.#wake();
    if (this.#items.length < READY) return undefined;
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }

  end(): void {
    this.#end = { failed: false };
    this.#wake();
  }

  fail(reason: unknown): void {
    this.#end = { failed: true, reason };
    this.#wake();
  }

  release(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  async *items(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        if (this.#items.length < READY) this.release();
        yield item;
      } else if (this.#end !== undefined) {
        if (this.#end.failed) throw this.#end.reason;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
