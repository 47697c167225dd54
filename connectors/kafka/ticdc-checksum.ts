import { crc32 } from 'node:zlib';
import type { ColumnType } from '../contract/index.ts';
import { bitNumber, type Value } from '../types/index.ts';

/** Appends what a value counts for in a row's checksum. */
type Part = (value: Exclude<Value, null>, sum: number) => number;

/**
 * TiDB's checksum of a row: CRC32 over its columns in order of their ids, which is that of the fields. NULL counts for nothing, numbers as
 * eight bytes, all else as its length and bytes. Source: TiCDC's pkg/sink/codec/common/verify_checksum.go.
 */
export function rowChecksum(types: readonly ColumnType[]): (values: readonly Value[]) => number {
  const parts = types.map(partOf);
  return (values) =>
    parts.reduce((sum, part, i) => {
      const value = values[i] ?? null;
      return value === null ? sum : part(value, sum);
    }, 0);
}

function partOf(type: ColumnType): Part {
  switch (type.kind) {
    case 'integer':
    case 'year':
      return (value, sum) => crc32(word(BigInt(text(value))), sum);
    case 'float':
      return (value, sum) => crc32(double(Number(text(value))), sum);
    case 'bit':
      return (value, sum) => crc32(word(bitNumber(bytes(value))), sum);
    case 'enum':
      return (value, sum) => crc32(word(BigInt(type.members.indexOf(text(value)) + 1)), sum);
    case 'set':
      return (value, sum) => crc32(word(mask(type.members, text(value))), sum);
    default:
      return (value, sum) => {
        const own = bytes(value);
        const length = Buffer.alloc(4);
        length.writeUInt32LE(own.length);
        return crc32(own, crc32(length, sum));
      };
  }
}

function word(number: bigint): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(BigInt.asUintN(64, number));
  return eight;
}

function double(number: number): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(Number.isFinite(number) ? number : 0);
  return eight;
}

function mask(members: readonly string[], chosen: string): bigint {
  if (chosen === '') return 0n;
  return chosen.split(',').reduce((bits, one) => bits | (1n << BigInt(members.indexOf(one))), 0n);
}

function text(value: Exclude<Value, null>): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('utf8');
}

function bytes(value: Exclude<Value, null>): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
}
