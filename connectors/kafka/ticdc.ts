import { millraceError, OP, type Op } from '../contract/index.ts';
import type { AvroRecord } from './registry.ts';

/** The fields that TiCDC adds to a row: they tell of the change. Places in the record, -1 where there is none. */
export interface TicdcFields {
  readonly op: number;
  readonly commitTs: number;
  readonly checksum: number;
  readonly corrupted: number;
}

/** Fields that TiCDC adds to a row: they tell of the change, not of the row. */
export function isAdded(name: string): boolean {
  return /^_(?:tidb|ticdc)_/.test(name);
}

export function ticdcFields({ fields }: AvroRecord): TicdcFields {
  const place = (name: string) => fields.findIndex((field) => field.name === name);
  return {
    op: place('_tidb_op'),
    commitTs: place('_tidb_commit_ts'),
    checksum: place('_tidb_row_level_checksum'),
    corrupted: place('_tidb_corrupted'),
  };
}

const ops: Readonly<Record<string, Op>> = { c: OP.put, u: OP.put, d: OP.delete };

/** An empty text is the default of messages without the extension. */
export function ticdcOp(op: unknown): Op {
  const known = op === undefined || op === '' ? OP.put : ops[String(op)];
  if (known === undefined) throw millraceError('kafka.malformed', `the operation ${String(op)} is not known`);
  return known;
}

/** By commit, and inside of one by operation: where keys change places, their deletes come before their inserts. 0: not told. */
export function ticdcOrder(commitTs: bigint, op: Op): bigint {
  if (commitTs === 0n) return 0n;
  return commitTs * 2n + (op === OP.delete ? 0n : 1n);
}

/** What a message that is no record is: TiCDC marks DDL and watermarks by the first byte, and in its tests deletes. */
export function controlMessage(value: Buffer): { readonly skip: true } | { readonly deletedAt: bigint } | undefined {
  switch (value[0]) {
    case 1:
    case 2:
      return { skip: true };
    case 3:
      return { deletedAt: value.length >= 9 ? value.readBigUInt64BE(1) : 0n };
    default:
      return undefined;
  }
}

/** The error of a row whose checksum TiDB or we found wrong. */
export function corrupted(why: string): Error {
  return millraceError('kafka.corrupted', why);
}
