import { type Checkpoint, type Lane, type Message, millraceError, type Position } from '../contract/index.ts';
import type { Fetched, KafkaClient, OffsetRange, TopicInfo } from './client.ts';
import { Taking, type TakingOptions } from './taking.ts';

/** A topic as one run reads it. */
export interface TopicRead extends TakingOptions {
  readonly client: KafkaClient;
  readonly cluster: string;
  readonly topic: TopicInfo;
  /** Partitions are read on when they are at their end. */
  readonly follow: boolean;
}

/** Where a partition goes on. A topic of another id under the same name is another topic. */
interface PartitionPosition {
  readonly cluster: string;
  readonly topic: string;
  readonly next: string;
  /** Of the leader that gave the last record. */
  readonly epoch: number;
}

/** The lane's id of a partition. */
export function partitionLaneId(topic: string, partition: number): string {
  return `kafka/${topic}/${partition}`;
}

export interface PartitionLane {
  /** Where the partition begins and ends, asked for when it is read. */
  readonly range: () => Promise<OffsetRange>;
  /** Somebody else is to read it from now on. */
  readonly revoked?: AbortSignal;
  /** Told where it is read from: all before is durable. */
  readonly begun?: (next: bigint) => Promise<void>;
  /** Told when it was read to its end. */
  readonly reached?: () => void;
}

/** A partition as a lane that never ends for good: it is read to the end that it had when the run began, or until `revoked`. */
export function partitionLane(read: TopicRead, partition: number, options: PartitionLane): Lane {
  const id = partitionLaneId(read.topic.name, partition);
  const { range, revoked, begun, reached } = options;
  // An attempt before this one, or another process, may be further than the partition was when the run began.
  const reaching = async (after: Position, known: OffsetRange) =>
    nextOffset(after) <= known.end ? known : ((await read.client.offsets(read.topic.name))[partition] ?? known);
  return {
    id,
    shared: true,
    ...(revoked === undefined ? {} : { revoked }),
    async *read(after, signal) {
      const known = await range();
      const { next, epoch } =
        after === undefined ? { next: known.first, epoch: -1 } : goOn(read, id, after, await reaching(after, known));
      const stops = revoked === undefined ? [signal] : [signal, revoked];
      await begun?.(next);
      yield* readPartition(new PartitionReading(read, partition, epoch), next, known.end, stops);
      if (!stops.some((stop) => stop.aborted)) reached?.();
    },
  };
}

/** The offset that a position goes on at. */
export function nextOffset(position: Position): bigint {
  return BigInt((JSON.parse(position) as PartitionPosition).next);
}

/** Invariant 9: throws `source.history-lost` where a partition does not go on from a position. */
export function requireReadable(
  read: Pick<TopicRead, 'cluster' | 'topic'>,
  at: string,
  after: Position,
  range: OffsetRange,
): void {
  goOn(read, at, after, range);
}

/** Invariant 9: where a position goes on, or why it cannot. */
function goOn(read: Pick<TopicRead, 'cluster' | 'topic'>, at: string, after: Position, { first, end }: OffsetRange) {
  const position = JSON.parse(after) as PartitionPosition;
  const next = BigInt(position.next);
  const lost = (why: string) => millraceError('source.history-lost', `${at} cannot be read on: ${why}`, { at });
  if (position.cluster !== read.cluster) throw lost(`the position is of cluster ${position.cluster}`);
  if (position.topic !== read.topic.id) throw lost('the topic was deleted and made again');
  if (next < first) throw lost(`offsets ${next} to ${first - 1n} were deleted`);
  if (next > end) throw lost(`the partition ends at offset ${end}, before ${next}`);
  return { next, epoch: position.epoch };
}

async function* readPartition(
  reading: PartitionReading,
  from: bigint,
  end: bigint,
  stops: readonly AbortSignal[],
): AsyncGenerator<Message, void, undefined> {
  const { follow, client, topic } = reading.read;
  if (from >= end && !follow) return;
  await using reader = client.reader(topic, reading.partition);
  for (let next = from; (next < end || follow) && !stops.some((stop) => stop.aborted); ) {
    const fetched = await reader.fetch(next, reading.epoch);
    reading.sees(fetched, next);
    for (const record of fetched.records) {
      if (reading.taking.knows(record)) {
        const ended = reading.taking.take(record);
        if (ended !== undefined) yield ended;
      } else yield* reading.taking.learn(record);
      if (!reading.taking.isFull) continue;
      yield* reading.taking.handOn(record.offset + 1n);
      if (stops.some((stop) => stop.aborted)) return;
    }
    const moved = fetched.next > next;
    next = fetched.next;
    reading.isCaughtUp = next >= (follow ? (fetched.end ?? end) : end);
    // Caught up is said once, not with each look that finds nothing.
    if (moved || reading.isFirstLook) yield* reading.taking.handOn(next);
    reading.isFirstLook = false;
  }
}

/** What is known of a partition while it is read. */
class PartitionReading {
  readonly read: TopicRead;
  readonly partition: number;
  readonly taking: Taking;
  isCaughtUp = false;
  isFirstLook = true;
  #epoch: number;

  constructor(read: TopicRead, partition: number, epoch: number) {
    this.read = read;
    this.partition = partition;
    this.#epoch = epoch;
    const at = partitionLaneId(read.topic.name, partition);
    this.taking = new Taking(read, at, partition, (next) => this.#checkpoint(next));
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Invariant 9: a leader that has not all that was read has cut the log, or it was restored from an older copy. */
  sees({ leaderEpoch, cutAt }: Fetched, next: bigint): void {
    if (cutAt !== undefined) {
      const at = partitionLaneId(this.read.topic.name, this.partition);
      const why = `what was read up to offset ${next} in leader epoch ${this.#epoch} was cut off at ${cutAt}`;
      throw millraceError('source.history-lost', `${at} cannot be read on: ${why}`, { at });
    }
    if (leaderEpoch >= 0) this.#epoch = leaderEpoch;
  }

  #checkpoint(next: bigint): Checkpoint {
    const { cluster, topic } = this.read;
    const position = {
      cluster,
      topic: topic.id,
      next: next.toString(),
      epoch: this.#epoch,
    } satisfies PartitionPosition;
    const { latest } = this.taking;
    return {
      kind: 'checkpoint',
      position: JSON.stringify(position),
      ...(this.isCaughtUp ? { idle: true as const } : {}),
      ...(latest === undefined ? {} : { committedAt: new Date(latest) }),
    };
  }
}
