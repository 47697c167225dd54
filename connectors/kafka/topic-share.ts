import type { Lane, Position, Stage } from '../contract/index.ts';
import type { GroupMember, OffsetRange } from './client.ts';
import { nextOffset, partitionLane, type TopicRead } from './partition-read.ts';
import { Share } from './share.ts';

/** Milliseconds between looks whether a topic that is followed has more partitions. */
const GROWTH_MS = 10_000;

/** A topic whose partitions processes of one pipeline share, by the consumer group of that name. */
export class TopicShare {
  readonly #read: TopicRead;
  readonly #group: string;
  readonly #ranges: readonly OffsetRange[];
  #member: GroupMember | undefined;
  #hasGrown = false;

  constructor(read: TopicRead, group: string, ranges: readonly OffsetRange[]) {
    this.#read = read;
    this.#group = group;
    this.#ranges = ranges;
  }

  /** A topic that is followed had partitions added: what is shared is looked at again. */
  get hasGrown(): boolean {
    return this.#hasGrown;
  }

  /** The stage of the partitions that come. */
  async *stage(): AsyncGenerator<Stage, void, undefined> {
    const { client, topic, follow, schema } = this.#read;
    const share = new Share({
      lane: (partition, revoked, reached) => this.#lane(partition, revoked, reached),
      ...(follow ? {} : { isCovered: (mine) => this.#isCovered(mine) }),
    });
    // Assignments come while joining: the lanes are asked for only when the member is known.
    const early: (readonly number[])[] = [];
    let assign = (partitions: readonly number[]): void => {
      early.push(partitions);
    };
    await using member = await client.join(this.#group, topic, (mine) => assign(mine));
    this.#member = member;
    assign = (mine) => share.assign(mine);
    for (const mine of early) share.assign(mine);
    const growth = follow ? setInterval(() => void this.#lookForGrowth(share), GROWTH_MS) : undefined;
    try {
      yield { lanes: [], arriving: share, streams: [{ schema }] };
    } finally {
      clearInterval(growth);
      this.#member = undefined;
    }
  }

  /** The position is durable: said to the group, so that the others know when all is read. */
  acknowledge(partition: number, position: Position): Promise<void> {
    return this.#told(partition, nextOffset(position));
  }

  #lane(partition: number, revoked: AbortSignal, reached: () => void): Lane {
    const { client, topic } = this.#read;
    // Of a partition that came after the look the end is asked for now.
    const range = async () =>
      this.#ranges[partition] ?? (await client.offsets(topic.name))[partition] ?? { first: 0n, end: 0n };
    const begun = (next: bigint) => this.#told(partition, next);
    return partitionLane(this.#read, partition, { range, revoked, reached, begun });
  }

  /** Information alone: whoever cannot say it has lost the partition, and somebody else says it. */
  async #told(partition: number, next: bigint): Promise<void> {
    await this.#member?.commit(partition, next).catch(() => undefined);
  }

  async #isCovered(mine: ReadonlySet<number>): Promise<boolean> {
    const others = this.#ranges.flatMap(({ first, end }, partition) =>
      mine.has(partition) || end <= first ? [] : [{ partition, end }],
    );
    if (others.length === 0 || this.#member === undefined) return true;
    const committed = await this.#member.committed(this.#ranges.length);
    return others.every(({ partition, end }) => (committed[partition] ?? -1n) >= end);
  }

  async #lookForGrowth(share: Share): Promise<void> {
    const { client, topic } = this.#read;
    const now = await client.topic(topic.name).catch(() => topic);
    if (now.partitions <= topic.partitions) return;
    this.#hasGrown = true;
    share.close();
  }
}
