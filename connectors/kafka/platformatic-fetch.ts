import { setTimeout as pause } from 'node:timers/promises';
import {
  type API,
  type Connection,
  type Consumer,
  FetchIsolationLevels,
  type FetchIsolationLevelValue,
  type fetchV17,
  findErrorBy,
  kGetApi,
  kGetConnection,
} from '@platformatic/kafka';
import { MillraceError, millraceError } from '../contract/index.ts';
import type { TopicInfo } from './client.ts';
import { called } from './platformatic-brokers.ts';
import type { AbortedTransaction, RecordBatch } from './records.ts';

type FetchRequest = fetchV17.FetchRequest;
type FetchResponse = fetchV17.FetchResponse;

/** One answer of a broker. */
const FETCH_BYTES = 8 * 1024 * 1024;
const FETCH_WAIT_MS = 500;
/** What is refused for now is asked for again after this, twice this, and so on, so many times. */
const FIRST_RETRY_MS = 50;
const RETRIES = 6;
/** No session: a broker that began anew does not know those from before, and one partition is all that is asked for. */
const NO_SESSION = { id: 0, epoch: -1 };
/** Older requests name their topic, and do not give its id. */
const FIRST_WITH_IDS = 13;

export interface Isolation {
  readonly isolationLevel: FetchIsolationLevelValue;
}

export const committed: Isolation = { isolationLevel: FetchIsolationLevels.READ_COMMITTED };
export const everything: Isolation = { isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED };

export interface FetchedBatches {
  /** Those of transactions that were rolled back are among them. */
  readonly batches: readonly RecordBatch[];
  readonly aborted: readonly AbortedTransaction[];
  /** The offset up to which all transactions have ended. */
  readonly end?: bigint;
  /** Where the log ended in the epoch that was read last: what came after it then is no more. */
  readonly cutAt?: bigint;
}

/** Where a read goes on, and the epoch of what was read last; -1: none. */
export interface FetchPoint {
  readonly offset: bigint;
  readonly epoch: number;
}

/** A partition of a topic as it was found. */
export interface FetchPlace {
  readonly topic: TopicInfo;
  readonly partition: number;
}

/**
 * One answer of the broker that leads the partition. Invariant 6: the library's own `fetch` is not used, for it leaves committed records out: of a
 * producer that rolled back two transactions everything between the first and the mark of the second, where that has no records.
 * Throws `source.history-lost` if the topic is another one now.
 */
export async function fetchFrom(
  consumer: Consumer,
  place: FetchPlace,
  from: FetchPoint,
  isolation: Isolation,
): Promise<FetchedBatches> {
  for (let attempt = 1; ; attempt++) {
    const node = await leaderOf(consumer, place);
    try {
      return await fetchOnce(consumer, node, place, from, isolation);
    } catch (thrown) {
      // It may lead the partition no more.
      consumer.clearMetadata();
      const isFinal = thrown instanceof MillraceError || findErrorBy(thrown as Error, 'canRetry', false) !== null;
      if (isFinal || attempt > RETRIES) throw thrown;
      await pause(FIRST_RETRY_MS * 2 ** (attempt - 1));
    }
  }
}

type Broker = Parameters<Consumer[typeof kGetConnection]>[0];

async function leaderOf(consumer: Consumer, { topic, partition }: FetchPlace): Promise<Broker> {
  const { topics, brokers } = await consumer.metadata({ topics: [topic.name] });
  const found = topics.get(topic.name);
  const leader = found?.partitions[partition]?.leader;
  if (found?.id !== topic.id || leader === undefined) {
    throw millraceError('source.history-lost', `topic ${topic.name} was deleted and made again`, { at: topic.name });
  }
  // Without a leader the broker is undefined, which the library says by an error that can pass.
  return brokers.get(leader)!;
}

async function fetchOnce(
  consumer: Consumer,
  broker: Broker,
  { topic, partition }: FetchPlace,
  { offset, epoch }: FetchPoint,
  { isolationLevel }: Isolation,
): Promise<FetchedBatches> {
  const connection = await called<Connection>((done) => consumer[kGetConnection](broker, done));
  const api = await called<API<FetchRequest, FetchResponse>>((done) => consumer[kGetApi]('Fetch', done));
  const topicId = api.version < FIRST_WITH_IDS ? topic.name : topic.id;
  const wanted = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: offset,
    lastFetchedEpoch: epoch,
    partitionMaxBytes: FETCH_BYTES,
  };
  const topics = [{ topicId, partitions: [wanted] }];
  const { id, epoch: session } = NO_SESSION;
  const answer = await called<FetchResponse>((done) =>
    api(connection, FETCH_WAIT_MS, 1, FETCH_BYTES, isolationLevel, id, session, topics, [], '', done),
  );
  const own = answer.responses[0]?.partitions.find((one) => one.partitionIndex === partition);
  const cutAt = own?.divergingEpoch?.endOffset ?? -1n;
  return {
    batches: (own?.records ?? []) as readonly RecordBatch[],
    aborted: own?.abortedTransactions ?? [],
    ...(own === undefined ? {} : { end: own.lastStableOffset }),
    ...(cutAt < 0n ? {} : { cutAt }),
  };
}
