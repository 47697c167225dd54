import { compressionsAlgorithms, crc32c, ProtocolError, type Reader, Writer } from '@platformatic/kafka';
import type { RecordSet } from './client.ts';
import type { Compression } from './config.ts';

/** Who sends: a transactional producer of one epoch. */
export interface ProducerIdentity {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly epoch: number;
}

const BATCH_HEAD = 61;
const TRANSACTIONAL = 0x10;
/** Acknowledged by all replicas that are in sync. */
const ACKS_ALL = -1;

/** A record batch, version 2: https://kafka.apache.org/documentation/#recordbatch */
export function recordBatch(
  { bytes, count }: RecordSet,
  from: ProducerIdentity,
  sequence: number,
  compression: Compression,
  now: number,
): Buffer {
  const algorithm = compression === 'none' ? undefined : compressionsAlgorithms[compression];
  const records = algorithm === undefined ? bytes : algorithm.compressSync(bytes);
  const batch = Buffer.allocUnsafe(BATCH_HEAD + records.length);
  batch.writeBigInt64BE(0n, 0); // base offset: the broker's matter
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12); // leader epoch
  batch.writeInt8(2, 16);
  batch.writeInt16BE(TRANSACTIONAL | (algorithm?.bitmask ?? 0), 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(now), 27);
  batch.writeBigInt64BE(BigInt(now), 35);
  batch.writeBigInt64BE(from.producerId, 43);
  batch.writeInt16BE(from.epoch, 51);
  batch.writeInt32BE(sequence, 53);
  batch.writeInt32BE(count, 57);
  batch.set(records, BATCH_HEAD);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** A batch for one partition. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

/** The versions of Produce that have the form written here: https://kafka.apache.org/protocol#The_Messages_Produce */
export const PRODUCE_VERSIONS = { least: 9, most: 11 } as const;
export const PRODUCE_KEY = 0;

/** The body of a Produce request. */
export function produceRequest(transactionalId: string, timeoutMs: number, batches: readonly PartitionBatch[]): Writer {
  const topics = Map.groupBy(batches, ({ topic }) => topic);
  return Writer.create()
    .appendString(transactionalId)
    .appendInt16(ACKS_ALL)
    .appendInt32(timeoutMs)
    .appendArray([...topics], (to, [topic, partitions]) => {
      to.appendString(topic).appendArray(partitions, (one, { partition, batch }) => {
        one
          .appendInt32(partition)
          .appendUnsignedVarInt(batch.length + 1)
          .append(batch);
      });
    })
    .appendTaggedFields();
}

/** Number of partitions that acknowledged. Throws the first error of a partition. */
export function produceAnswer(_correlation: number, _key: number, _version: number, from: Reader): number {
  let acknowledged = 0;
  let failed: ProtocolError | undefined;
  from.readArray(
    (topic) => {
      const name = topic.readString();
      topic.readArray(
        (one) => {
          const partition = one.readInt32();
          const error = one.readInt16();
          one.readInt64(); // base offset
          one.readInt64(); // log append time
          one.readInt64(); // log start
          const why = recordErrors(one);
          const message = one.readNullableString() ?? why;
          one.readTaggedFields();
          if (error === 0) acknowledged += 1;
          else failed ??= new ProtocolError(error, message ?? `${name}/${partition}`);
        },
        true,
        false,
      );
      topic.readTaggedFields();
    },
    true,
    false,
  );
  from.readInt32(); // throttle time
  from.readTaggedFields();
  if (failed !== undefined) throw failed;
  return acknowledged;
}

function recordErrors(from: Reader): string | undefined {
  let first: string | undefined;
  from.readArray(
    (one) => {
      one.readInt32();
      first ??= one.readNullableString() ?? undefined;
      one.readTaggedFields();
    },
    true,
    false,
  );
  return first;
}
