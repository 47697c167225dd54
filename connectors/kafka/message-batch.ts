import { rowJson, SlabBuilder, spareBuffer, spareRelease } from '../avro/index.ts';
import { type Batch, MillraceError, millraceError, OP, type Op, type Reject, streamText } from '../contract/index.ts';
import type { RowChange, RowSource } from './record-shape.ts';

export interface BatchOptions {
  readonly maxRowBytes: number;
  /** Rows are lines. */
  readonly lines: boolean;
  /** Every message is a row of its own: a later one does not stand for an earlier one of the same key. */
  readonly once: boolean;
  /** The writer of the topic may send a change again. */
  readonly resends: boolean;
}

/** What a batch knows of its rows: deletes may come before any row tells its shape. */
export type BatchShape = Pick<RowSource, 'schema'>;

/** Appends the key of the message that was read last. */
export interface KeySource {
  write(into: SlabBuilder): void;
}

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
  readonly #isKeyed: boolean;
  readonly #rows = new SlabBuilder(undefined, spareBuffer);
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
    this.#isKeyed = shape.schema.key !== undefined && !options.once;
  }

  get rows(): number {
    return this.#rows.rows + this.#rejects.length;
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#keys.byteLength + this.#rejectBytes;
  }

  /** Gives the reject that the row became, where it cannot be delivered exactly. `row` is of this batch's shape. */
  put(key: KeySource | undefined, row: RowSource, { op, seq }: RowChange): Reject | undefined {
    const { maxRowBytes } = this.#options;
    try {
      const size = row.bytes();
      if (size > maxRowBytes) {
        throw millraceError('row.too-large', `the row has ${size} bytes, more than max_row_bytes (${maxRowBytes})`);
      }
      row.write(this.#rows);
    } catch (thrown) {
      return this.#rejectRow(thrown, row);
    }
    this.#add(op, key, seq);
    return undefined;
  }

  delete(key: KeySource | undefined, seq: bigint): void {
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
    const { resends, lines } = this.#options;
    const { domain, ties } = this.order;
    const rejects = this.#rejects.length === 0 ? {} : { rejects: this.#rejects };
    const keyed = this.#isKeyed ? { keys: this.#keys.take(), ops: Uint8Array.from(this.#ops) } : {};
    const within = { ...(domain === undefined ? {} : { seqDomain: domain }), ...(ties ? { seqTies: ties } : {}) };
    const isOrdered = resends && this.#isKeyed;
    const ordered = isOrdered ? { seq: BigUint64Array.from(this.#seqs), resends: true as const, ...within } : {};
    const as = lines ? { lines } : {};
    this.#rejects = [];
    this.#rejectBytes = 0;
    this.#ops = [];
    this.#seqs = [];
    const behind = this.#catchingUp ? { catchingUp: true as const } : {};
    this.#catchingUp = false;
    const release = spareRelease(this.#rows.sink.bytes);
    const rows = this.#rows.take();
    return {
      kind: 'batch',
      schema: this.shape.schema,
      rows,
      ...as,
      ...keyed,
      ...ordered,
      ...behind,
      ...rejects,
      release,
    };
  }

  #add(op: Op, key: KeySource | undefined, seq: bigint): void {
    if (!this.#isKeyed) return;
    try {
      key!.write(this.#keys);
    } catch (thrown) {
      this.#rows.dropRow();
      throw thrown;
    }
    this.#ops.push(op);
    this.#seqs.push(seq);
  }

  #rejectRow(thrown: unknown, row: RowSource): Reject {
    if (!(thrown instanceof MillraceError)) throw thrown;
    const { schema } = this.shape;
    const { code, message } = thrown;
    const reject = { stream: streamText(schema.stream), code, message, row: rowJson(schema, row.values()) };
    this.reject(reject);
    return reject;
  }
}
