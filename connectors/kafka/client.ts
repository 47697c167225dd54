import type { Right } from './rights.ts';

/** What is asked of a Kafka client library. Each method throws `MillraceError`s. */
export interface KafkaClient extends AsyncDisposable {
  /** The cluster's id. */
  cluster(): Promise<string>;
  /** Names of all topics that the user may see. */
  topicNames(): Promise<readonly string[]>;
  /** Undefined: there is no topic of that name. */
  find(name: string): Promise<TopicInfo | undefined>;
  /** Throws `source.stream-missing`. */
  topic(name: string): Promise<TopicInfo>;
  /** Where each partition begins and ends now; the end is that of committed records. */
  offsets(topic: string): Promise<readonly OffsetRange[]>;
  /** Where each partition ends now, behind all that is in it, of open transactions too. */
  ends(topic: string): Promise<readonly bigint[]>;
  /** Reads one partition on a connection of its own. */
  reader(topic: TopicInfo, partition: number): PartitionReader;
  /** Joins the consumer group, and is told its partitions of the topic now and whenever they change. Disposing of it leaves the group. */
  join(group: string, topic: TopicInfo, onAssigned: (partitions: readonly number[]) => void): Promise<GroupMember>;
  /** All that was committed in a partition from an offset on when this was asked for, by whichever producer. */
  settled(topic: TopicInfo, partition: number, from: bigint): Promise<Settled>;
  /** The settings of a topic as they hold, its own and the cluster's. */
  settings(topic: string): Promise<ReadonlyMap<string, string>>;
  /** Of these rights those that the user lacks, with the operations that are missing. Changes nothing. */
  lacking(needs: readonly Right[]): Promise<readonly Right[]>;
  /** Makes a topic, and waits until every broker knows it and its partitions are led. One that is there already stays as it is. */
  create(topic: NewTopic): Promise<void>;
  /** A producer of transactions that has taken the fence of its id: whoever had it can no longer commit, and what was open is rolled back. */
  producer(id: string, timeoutMs: number): Promise<TransactionalProducer>;
}

/** One of the processes that share a topic. The group's offsets are information: the truth lies where the rows are. */
export interface GroupMember extends AsyncDisposable {
  /** Says how far a partition was read and committed. A member that the group has given up may fail. */
  commit(partition: number, next: bigint): Promise<void>;
  /** How far each of the partitions was read by whichever member; -1 where nobody said so. */
  committed(partitions: number): Promise<readonly bigint[]>;
}

export interface TopicInfo {
  readonly name: string;
  /** Another one than before: the topic was deleted and made again. */
  readonly id: string;
  readonly partitions: number;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** Absent: as the cluster is set. */
  readonly replicas?: number | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface OffsetRange {
  readonly first: bigint;
  /** The offset that the next record will have. */
  readonly end: bigint;
}

export interface PartitionReader extends AsyncDisposable {
  /** Committed records from an offset on, as many as one answer holds; none where there are none yet. `epoch`: the leader's that gave the record before, -1: not known. */
  fetch(from: bigint, epoch: number): Promise<Fetched>;
}

export interface Fetched {
  readonly records: readonly FetchedRecord[];
  /** Where to go on: behind what was read, aborted records and marks included. */
  readonly next: bigint;
  readonly leaderEpoch: number;
  /** Where the committed records of the partition end now. */
  readonly end?: bigint;
  /** The log of that epoch ended here, before the offset that was asked for: what was read since was cut off. */
  readonly cutAt?: bigint;
}

export interface FetchedRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds. */
  readonly timestamp: number;
  /** As of `Batch.catchingUp`: its writer was. */
  readonly catchingUp?: true;
}

/** What is committed in a partition, whatever is open in it. */
export interface Settled {
  /** Records before the first open transaction. */
  readonly records: readonly FetchedRecord[];
  /** Where the first open transaction begins, or the end: the next look goes on here. */
  readonly next: bigint;
  /** Committed records behind it. The next look finds them again. */
  readonly beyond: readonly FetchedRecord[];
}

/** Records of one partition in Kafka's own record format, version 2: offsets counted from 0, all at the same time. */
export interface RecordSet {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  readonly bytes: Buffer;
}

/**
 * One transaction at a time. After any throw only `end` may follow: a late record could get into the next transaction of the same producer.
 * `lane.fenced`: another has the id, or the transaction took longer than it may.
 */
export interface TransactionalProducer {
  /** Sends records, at most one set a partition; they are acknowledged when it comes back. A transaction begins with the first. Sets that are sent one after the other stay in order, also where the first is not yet acknowledged. */
  send(sets: readonly RecordSet[]): Promise<void>;
  /** Commits what was sent. Something must have been. */
  commit(): Promise<void>;
  /** Rolls back what is open, and closes. Never throws. */
  end(): Promise<void>;
}
