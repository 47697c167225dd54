/** What is asked of a Kafka client library. Each method throws `MillraceError`s. */
export interface KafkaClient extends AsyncDisposable {
  /** The cluster's id. */
  cluster(): Promise<string>;
  /** Names of all topics that the user may see. */
  topicNames(): Promise<readonly string[]>;
  /** Throws `source.stream-missing`. */
  topic(name: string): Promise<TopicInfo>;
  /** Where each partition begins and ends now; the end is that of committed records. */
  offsets(topic: string): Promise<readonly OffsetRange[]>;
  /** Reads one partition on a connection of its own. */
  reader(topic: TopicInfo, partition: number): PartitionReader;
  /** Joins the consumer group, and is told its partitions of the topic now and whenever they change. Disposing of it leaves the group. */
  join(group: string, topic: string, onAssigned: (partitions: readonly number[]) => void): Promise<AsyncDisposable>;
}

export interface TopicInfo {
  readonly name: string;
  /** Another one than before: the topic was deleted and made again. */
  readonly id: string;
  readonly partitions: number;
}

export interface OffsetRange {
  readonly first: bigint;
  /** The offset that the next record will have. */
  readonly end: bigint;
}

export interface PartitionReader extends AsyncDisposable {
  /** Committed records from an offset on, as many as one answer holds; none where there are none yet. */
  fetch(from: bigint): Promise<Fetched>;
}

export interface Fetched {
  readonly records: readonly FetchedRecord[];
  /** Where to go on: behind what was read, aborted records and marks included. */
  readonly next: bigint;
  readonly leaderEpoch: number;
}

export interface FetchedRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds. */
  readonly timestamp: number;
}
