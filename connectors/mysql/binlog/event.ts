import type { StreamName } from '../../contract/index.ts';
import type { LogMark } from '../log-point.ts';
import type { TableMap } from './table-map.ts';

/** What was done to rows. */
export type RowsKind = 'insert' | 'update' | 'delete';

/** Rows of one table: images one after the other in `buffer[at .. end)`; of an update each before is followed by its after. */
export interface RowsEvent {
  readonly kind: 'rows';
  readonly what: RowsKind;
  readonly map: TableMap;
  readonly mark: LogMark;
  readonly buffer: Buffer;
  readonly at: number;
  readonly end: number;
  /** Which columns the images hold, a bit for each, the lowest first. */
  readonly present: Buffer;
  readonly presentAfter: Buffer;
}

/** What a log says, in its order. */
export type LogEvent =
  | RowsEvent
  | { readonly kind: 'commit'; readonly mark: LogMark; readonly at: Date }
  /** Neither BEGIN nor COMMIT. `alone`: it is a transaction by itself. */
  | {
      readonly kind: 'statement';
      readonly database: string;
      readonly sql: string;
      readonly alone: boolean;
      readonly mark: LogMark;
      readonly at: Date;
    }
  /** Events of a transaction that is compressed as a whole: `bytes` of zstd, or as they are. */
  | { readonly kind: 'payload'; readonly bytes: Buffer; readonly compressed: boolean; readonly size: number };

/** Numbers of the protocol for kinds of events. */
export const EVENT = {
  query: 2,
  stop: 3,
  rotate: 4,
  intvar: 5,
  rand: 13,
  userVar: 14,
  format: 15,
  xid: 16,
  beginLoadQuery: 17,
  executeLoadQuery: 18,
  tableMap: 19,
  write1: 23,
  update1: 24,
  delete1: 25,
  incident: 26,
  heartbeat: 27,
  ignorable: 28,
  rowsQuery: 29,
  write2: 30,
  update2: 31,
  delete2: 32,
  gtid: 33,
  anonymousGtid: 34,
  previousGtids: 35,
  transactionContext: 36,
  viewChange: 37,
  xaPrepare: 38,
  partialUpdate: 39,
  payload: 40,
  heartbeat2: 41,
  gtidTagged: 42,
  annotateRows: 160,
  checkpoint: 161,
  mariadbGtid: 162,
  gtidList: 163,
  startEncryption: 164,
  queryCompressed: 165,
  write1Compressed: 166,
  update1Compressed: 167,
  delete1Compressed: 168,
  write2Compressed: 169,
  update2Compressed: 170,
  delete2Compressed: 171,
} as const;

/** How an event of rows is laid out. */
export interface RowsForm {
  readonly what: RowsKind;
  /** The second version has a header of variable length. */
  readonly second: boolean;
  readonly compressed: boolean;
}

export const rowsForms: Readonly<Record<number, RowsForm>> = {
  [EVENT.write1]: { what: 'insert', second: false, compressed: false },
  [EVENT.update1]: { what: 'update', second: false, compressed: false },
  [EVENT.delete1]: { what: 'delete', second: false, compressed: false },
  [EVENT.write2]: { what: 'insert', second: true, compressed: false },
  [EVENT.update2]: { what: 'update', second: true, compressed: false },
  [EVENT.delete2]: { what: 'delete', second: true, compressed: false },
  [EVENT.write1Compressed]: { what: 'insert', second: false, compressed: true },
  [EVENT.update1Compressed]: { what: 'update', second: false, compressed: true },
  [EVENT.delete1Compressed]: { what: 'delete', second: false, compressed: true },
  [EVENT.write2Compressed]: { what: 'insert', second: true, compressed: true },
  [EVENT.update2Compressed]: { what: 'update', second: true, compressed: true },
  [EVENT.delete2Compressed]: { what: 'delete', second: true, compressed: true },
};

/** Events that say nothing of rows or of positions: variables of statements, comments, what the server keeps for itself. */
export const passedOver: ReadonlySet<number> = new Set([
  ...[
    EVENT.format,
    EVENT.stop,
    EVENT.intvar,
    EVENT.rand,
    EVENT.userVar,
    EVENT.heartbeat,
    EVENT.heartbeat2,
    EVENT.ignorable,
  ],
  ...[EVENT.rowsQuery, EVENT.previousGtids, EVENT.transactionContext, EVENT.viewChange],
  ...[EVENT.annotateRows, EVENT.checkpoint, EVENT.gtidList, EVENT.startEncryption],
]);

/** The flag of events that a reader may pass over where it does not know them. */
export const IGNORABLE_FLAG = 0x80;

/** Tells whether a table's rows are wanted. */
export type IsWanted = (table: StreamName) => boolean;
