import { keyStream, rowJson, SlabBuilder, valuesEncoder } from '../avro/index.ts';
import {
  type Batch,
  type Layout,
  MillraceError,
  millraceError,
  OP,
  type Op,
  type Reject,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import type { RecordShape, RowChange } from './record-shape.ts';

export interface BatchOptions {
  readonly layout: Layout;
  readonly maxRowBytes: number;
  /** Every message is a row of its own: a later one does not stand for an earlier one of the same key. */
  readonly once: boolean;
  /** The writer of the topic may send a change again. */
  readonly resends: boolean;
}

/** What a batch knows of its rows. */
export type BatchShape = Pick<RecordShape, 'schema' | 'encodeRow'>;

/** What the order of a batch's changes counts within. */
export interface BatchOrder {
  readonly domain?: string;
  readonly ties?: true;
}

/** Messages of one partition on their way into a batch of one shape. */
export class MessageBatch {
  readonly shape: BatchShape;
  readonly order: BatchOrder;
  readonly #options: BatchOptions;
  readonly #encodeKey: ReturnType<typeof valuesEncoder> | undefined;
  readonly #rows = new SlabBuilder();
  readonly #keys = new SlabBuilder();
  #ops: number[] = [];
  #seqs: bigint[] = [];
  #rejects: Reject[] = [];
  #rejectBytes = 0;
  #catchingUp = false;

  constructor(shape: BatchShape, options: BatchOptions, order: BatchOrder = {}) {
    this.shape = shape;
    this.order = order;
    this.#options = options;
    const isKeyed = shape.schema.key !== undefined && !options.once;
    this.#encodeKey = isKeyed ? valuesEncoder(keyStream(shape.schema), options.layout) : undefined;
  }

  get rows(): number {
    return this.#rows.rows + this.#rejects.length;
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#keys.byteLength + this.#rejectBytes;
  }

  /** Gives the reject that the row became, where it cannot be delivered exactly. */
  put(key: readonly Value[], { op, row, seq }: RowChange): Reject | undefined {
    const size = row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    const { maxRowBytes } = this.#options;
    try {
      if (size > maxRowBytes) {
        throw millraceError('row.too-large', `the row has ${size} bytes, more than max_row_bytes (${maxRowBytes})`);
      }
      this.shape.encodeRow(row, this.#rows);
    } catch (thrown) {
      return this.#rejectRow(thrown, row);
    }
    this.#add(op, key, seq);
    return undefined;
  }

  delete(key: readonly Value[], seq: bigint): void {
    this.#rows.commitRow();
    this.#add(OP.delete, key, seq);
  }

  /** One of its changes was written while its writer was catching up. */
  catchUp(): void {
    this.#catchingUp = true;
  }

  reject(reject: Reject): void {
    this.#rejects.push(reject);
    this.#rejectBytes += reject.row.length;
  }

  take(): Batch {
    const { resends } = this.#options;
    const { domain, ties } = this.order;
    const rejects = this.#rejects.length === 0 ? {} : { rejects: this.#rejects };
    const keyed = this.#encodeKey === undefined ? {} : { keys: this.#keys.take(), ops: Uint8Array.from(this.#ops) };
    const within = { ...(domain === undefined ? {} : { seqDomain: domain }), ...(ties ? { seqTies: ties } : {}) };
    const isOrdered = resends && this.#encodeKey !== undefined;
    const ordered = isOrdered ? { seq: BigUint64Array.from(this.#seqs), resends: true as const, ...within } : {};
    this.#rejects = [];
    this.#rejectBytes = 0;
    this.#ops = [];
    this.#seqs = [];
    const behind = this.#catchingUp ? { catchingUp: true as const } : {};
    this.#catchingUp = false;
    const rows = this.#rows.take();
    return { kind: 'batch', schema: this.shape.schema, rows, ...keyed, ...ordered, ...behind, ...rejects };
  }

  #add(op: Op, key: readonly Value[], seq: bigint): void {
    try {
      this.#encodeKey?.(key, this.#keys);
    } catch (thrown) {
      this.#rows.dropRow();
      throw thrown;
    }
    this.#ops.push(op);
    this.#seqs.push(seq);
  }

  #rejectRow(thrown: unknown, row: readonly Value[]): Reject {
    if (!(thrown instanceof MillraceError)) throw thrown;
    const { schema } = this.shape;
    const { code, message } = thrown;
    const reject = { stream: streamText(schema.stream), code, message, row: rowJson(schema, row) };
    this.reject(reject);
    return reject;
  }
}

/** Deletes before any row tells its shape. */
export function deletesOnly(schema: StreamSchema): BatchShape {
  return { schema, encodeRow: () => undefined };
}
