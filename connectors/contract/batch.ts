import type { Position } from './position.ts';
import type { StreamSchema } from './schema.ts';

/** Encoded records one after the other: record i is `bytes[ends[i-1] .. ends[i])`, the first starts at 0. */
export interface Slab {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

/**
 * What a row did. `put` is an insert or update that the source cannot tell apart. `truncate`: the stream has no rows; it comes alone in a batch,
 * right after a checkpoint, which is committed before.
 */
export const OP = { insert: 0, update: 1, delete: 2, put: 3, truncate: 4 } as const;
export type Op = (typeof OP)[keyof typeof OP];

/** Whether values travel as the server's exact text (`text`) or as what TiCDC writes (`typed`). The destination says which it takes. */
export type Layout = 'text' | 'typed';

/** A row that a source could not deliver exactly, or that a destination refused. Counted, kept, never dropped in silence. */
export interface Reject {
  readonly stream: string;
  readonly code: string;
  readonly message: string;
  /** The row as JSON text of column name to value text (bytes as hex), for people and for loading it again. */
  readonly row: string;
}

/** Rows of one stream under one schema, Avro bodies in the layout that the destination asked for. About 1 MiB or 5,000 rows. */
export interface Batch {
  readonly kind: 'batch';
  readonly schema: StreamSchema;
  /** After-images; an empty body for a delete. */
  readonly rows: Slab;
  /** `rows` are not Avro but lines, as `StreamRequest.lines` allows. */
  readonly lines?: true;
  /** The key record before the change, one a row; present with `ops`. */
  readonly keys?: Slab;
  /** Full before-images, where the source has them. */
  readonly before?: Slab;
  /** One `Op` a row; absent: rows of a full or incremental read. */
  readonly ops?: Uint8Array;
  /**
   * The target may hold rows from later than these: one that has a unique value of theirs gives way, for it comes again. Set while changes
   * catch up with a copy that was made while they happened.
   */
  readonly catchingUp?: true;
  /** Order per key: TSO, commit ts, or a lane counter kept in the position. */
  readonly seq?: BigUint64Array;
  /**
   * The source may send a change again. The destination keeps the last `seq` of each key, also of those that are gone, and leaves out what
   * is not newer. A change whose `seq` is 0 has no order: it is done, and its key's order begins anew.
   */
  readonly resends?: true;
  /** What `seq` counts within, e.g. the server of a GTID: changes of another domain say nothing about these. */
  readonly seqDomain?: string;
  /** Changes of a key with the same `seq` may be different ones: only lower ones are left out. */
  readonly seqTies?: true;
  /** Rows read but not deliverable; they are not among `rows`. */
  readonly rejects?: readonly Reject[];
  /** Gives the memory of `rows` back to the source: a destination may call it when it looks at them no more. Once is enough. */
  readonly release?: () => void;
}

/** Comes only right after a checkpoint. `before` absent: a new stream; `after` absent: dropped. */
export interface SchemaChange {
  readonly kind: 'schema';
  readonly before?: StreamSchema;
  readonly after?: StreamSchema;
  readonly seq?: bigint;
}

/** All rows before it may be committed with this position. */
export interface Checkpoint {
  readonly kind: 'checkpoint';
  readonly position: Position;
  /** The lane is at its end for good: it is never opened again. */
  readonly ended?: true;
  /** The source has nothing more for now: commit at once instead of waiting for a full transaction. */
  readonly idle?: true;
  /** Inside a transaction of the source: used only where what was written since the last commit is too much for one. */
  readonly split?: true;
  /** When the newest change before it was committed at the source. */
  readonly committedAt?: Date;
  /** Changes that the source holds behind it, where it can tell without looking at them. */
  readonly behind?: number;
}

export type Message = Batch | SchemaChange | Checkpoint;

/** Number of records in a slab. */
export function slabRows(slab: Slab): number {
  return slab.ends.length;
}
