import { readFileSync } from 'node:fs';
import {
  Admin,
  Base,
  type BaseOptions,
  ConfigResourceTypes,
  Consumer,
  type ConsumerGroupJoinPayload,
  FetchIsolationLevels,
  type FetchIsolationLevelValue,
  findErrorBy,
} from '@platformatic/kafka';
import { MillraceError, millraceError } from '../contract/index.ts';
import type {
  Fetched,
  GroupMember,
  KafkaClient,
  NewTopic,
  OffsetRange,
  PartitionReader,
  Settled,
  TopicInfo,
} from './client.ts';
import { clusterAt, type KafkaConfig } from './config.ts';
import { openProducer } from './platformatic-producer.ts';
import { type AbortedTransaction, committedRecords, decidedRecords, type RecordBatch } from './records.ts';

/** Seconds after which a member that says nothing loses its partitions. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1000;
/** One answer of a broker. */
const FETCH_BYTES = 8 * 1024 * 1024;
const FETCH_WAIT_MS = 500;
/** So many empty answers before the end of a partition say that what was there is compacted away. */
const EMPTY_ANSWERS = 4;

interface Isolation {
  readonly isolationLevel: FetchIsolationLevelValue;
}

const committed: Isolation = { isolationLevel: FetchIsolationLevels.READ_COMMITTED };
const everything: Isolation = { isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED };
const EARLIEST = -2n;
const LATEST = -1n;

/** The client of @platformatic/kafka: it knows the ids of topics. */
export function platformaticClient(config: KafkaConfig): KafkaClient {
  const at = clusterAt(config);
  const options = clientOptions(config);
  const consumer = new Consumer({ ...options, groupId: 'millrace' });
  const asking = <T>(what: string, ask: Promise<T>): Promise<T> =>
    ask.catch((thrown) => Promise.reject(kafkaError(thrown, what, at)));
  const metadata = (topics: string[]) => asking('metadata', consumer.metadata({ topics, forceUpdate: true }));
  const topic = async (name: string): Promise<TopicInfo> => {
    const found = (await metadata([name])).topics.get(name);
    if (found === undefined) throw millraceError('source.stream-missing', `there is no topic ${name} at ${at}`, { at });
    return { name, id: found.id, partitions: found.partitionsCount };
  };
  const look = async (name: string, timestamp: bigint, isolation: Isolation) =>
    (await asking('offsets', consumer.listOffsets({ topics: [name], timestamp, ...isolation }))).get(name) ?? [];
  const administrating = async <T>(act: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = new Admin(options);
    try {
      return await act(admin);
    } finally {
      await admin.close();
    }
  };
  return {
    topic,
    cluster: async () => (await metadata([])).id,
    topicNames: () => administrating((admin) => asking('the list of topics', admin.listTopics())),
    async offsets(name) {
      const [first, end] = [await look(name, EARLIEST, committed), await look(name, LATEST, committed)];
      return first.map((offset, i): OffsetRange => ({ first: offset, end: end[i] ?? offset }));
    },
    settings: (name) => administrating((admin) => asking(`the settings of ${name}`, settingsOf(admin, name))),
    create: (wanted) => administrating((admin) => asking(`topic ${wanted.name}`, create(admin, wanted))),
    producer: (id, timeoutMs) =>
      openProducer({
        client: options,
        id,
        timeoutMs,
        compression: config.compression,
        asError: (thrown, what) => kafkaError(thrown, what, at),
      }),
    async settled(info, partition, from) {
      const reading = new Consumer({ ...options, groupId: 'millrace' });
      reading.topics.track(info.name);
      try {
        const first = (await look(info.name, EARLIEST, committed))[partition] ?? 0n;
        const end = (await look(info.name, LATEST, everything))[partition] ?? 0n;
        const stable = (await look(info.name, LATEST, committed))[partition] ?? 0n;
        const fetch = (offset: bigint, isolation: Isolation) =>
          fetchFrom(reading, info, partition, { offset, epoch: -1 }, isolation);
        return await asking(info.name, settled(fetch, from < first ? first : from, stable, end));
      } finally {
        await ended(reading);
      }
    },
    reader: (info, partition) =>
      partitionReader(new Consumer({ ...options, groupId: 'millrace' }), info, partition, at),
    join: (group, info, onAssigned) =>
      joined(
        new Consumer({
          ...options,
          groupId: group,
          sessionTimeout: SESSION_MS,
          rebalanceTimeout: SESSION_MS * 2,
          heartbeatInterval: HEARTBEAT_MS,
        }),
        info,
        onAssigned,
        at,
      ),
    [Symbol.asyncDispose]: () => ended(consumer),
  };
}

function clientOptions({ brokers, sasl, tls, ca }: KafkaConfig): BaseOptions {
  return {
    clientId: 'millrace',
    bootstrapBrokers: brokers,
    autocreateTopics: false,
    retries: 3,
    ...(tls ? { tls: ca === undefined ? {} : { ca: authority(ca) } } : {}),
    ...(sasl === undefined
      ? {}
      : { sasl: { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password } }),
  };
}

function partitionReader(consumer: Consumer, topic: TopicInfo, partition: number, at: string): PartitionReader {
  consumer.topics.track(topic.name);
  const asking = <T>(ask: Promise<T>): Promise<T> =>
    ask.catch((thrown) => Promise.reject(kafkaError(thrown, `${topic.name}/${partition}`, at)));
  return {
    async fetch(from, epoch): Promise<Fetched> {
      const { batches, aborted, end, cutAt } = await asking(
        fetchFrom(consumer, topic, partition, { offset: from, epoch }, committed),
      );
      return {
        ...committedRecords(batches, aborted, from),
        ...(end === undefined ? {} : { end }),
        ...(cutAt === undefined ? {} : { cutAt }),
      };
    },
    [Symbol.asyncDispose]: () => ended(consumer),
  };
}

interface FetchedBatches {
  readonly batches: readonly RecordBatch[];
  readonly aborted: readonly AbortedTransaction[];
  /** The offset up to which all transactions have ended. */
  readonly end?: bigint;
  /** Where the log ended in the epoch that was read last: what came after it then is no more. */
  readonly cutAt?: bigint;
}

/** Where a read goes on, and the epoch of what was read last; -1: none. */
interface FetchPoint {
  readonly offset: bigint;
  readonly epoch: number;
}

/** One answer of the broker that leads the partition. Throws `source.history-lost` if the topic is another one now. */
async function fetchFrom(
  consumer: Consumer,
  topic: TopicInfo,
  partition: number,
  { offset, epoch }: FetchPoint,
  isolation: Isolation,
): Promise<FetchedBatches> {
  const found = (await consumer.metadata({ topics: [topic.name] })).topics.get(topic.name);
  const node = found?.partitions[partition]?.leader;
  if (found?.id !== topic.id || node === undefined) {
    throw millraceError('source.history-lost', `topic ${topic.name} was deleted and made again`, { at: topic.name });
  }
  const wanted = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: offset,
    lastFetchedEpoch: epoch,
    partitionMaxBytes: FETCH_BYTES,
  };
  const answer = await consumer.fetch({
    node,
    topics: [{ topicId: topic.id, partitions: [wanted] }],
    maxBytes: FETCH_BYTES,
    maxWaitTime: FETCH_WAIT_MS,
    minBytes: 1,
    ...isolation,
  });
  const own = answer.responses[0]?.partitions.find((one) => one.partitionIndex === partition);
  const cutAt = own?.divergingEpoch?.endOffset ?? -1n;
  return {
    batches: own?.records ?? [],
    aborted: own?.abortedTransactions ?? [],
    ...(own === undefined ? {} : { end: own.lastStableOffset }),
    ...(cutAt < 0n ? {} : { cutAt }),
  };
}

/** To where transactions are still open (`stable`) as the broker tells; from there to the end by the marks of the transactions themselves. */
async function settled(
  fetch: (from: bigint, isolation: Isolation) => Promise<FetchedBatches>,
  from: bigint,
  stable: bigint,
  end: bigint,
): Promise<Settled> {
  const records: Fetched['records'][number][] = [];
  let next = from;
  for (let empty = 0; next < stable && empty < EMPTY_ANSWERS; ) {
    const { batches, aborted } = await fetch(next, committed);
    const fetched = committedRecords(batches, aborted, next);
    records.push(...fetched.records);
    empty = fetched.next === next ? empty + 1 : 0;
    next = fetched.next;
  }
  if (next < stable) next = stable;
  const open: RecordBatch[] = [];
  for (let at = next; at < end; ) {
    const { batches } = await fetch(at, everything);
    const last = batches.at(-1);
    if (last === undefined) break;
    open.push(...batches);
    at = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
  }
  return { records, next, beyond: decidedRecords(open, next) };
}

async function settingsOf(admin: Admin, topic: string): Promise<Map<string, string>> {
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic };
  const [found] = await admin.describeConfigs({ resources: [resource] });
  return new Map((found?.configs ?? []).map(({ name, value }) => [name, value ?? '']));
}

async function create(admin: Admin, { name, partitions, replicas = -1, settings }: NewTopic): Promise<void> {
  const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  try {
    await admin.createTopics({ topics: [name], partitions, replicas, configs });
  } catch (thrown) {
    if (!findErrorBy(thrown as Error, 'apiId', 'TOPIC_ALREADY_EXISTS')) throw thrown;
  }
}

/** Throws `connect.tls`. */
function authority(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw millraceError('connect.tls', `the authority's certificate ${path} cannot be read`, { at: path, cause });
  }
}

async function joined(
  consumer: Consumer,
  { name }: TopicInfo,
  onAssigned: (partitions: readonly number[]) => void,
  at: string,
): Promise<GroupMember> {
  consumer.topics.track(name);
  consumer.on('consumer:group:join', ({ assignments }: ConsumerGroupJoinPayload) => {
    onAssigned((assignments ?? []).find((one) => one.topic === name)?.partitions ?? []);
  });
  const asking = <T>(ask: Promise<T>): Promise<T> =>
    ask.catch((thrown) => Promise.reject(kafkaError(thrown, `the group of ${name}`, at)));
  try {
    await asking(consumer.joinGroup());
  } catch (thrown) {
    await ended(consumer);
    throw thrown;
  }
  return {
    commit: (partition, offset) =>
      asking(consumer.commit({ offsets: [{ topic: name, partition, offset, leaderEpoch: -1 }] })),
    async committed(partitions) {
      const topics = [{ topic: name, partitions: Array.from({ length: partitions }, (_, i) => i) }];
      return (await asking(consumer.listCommittedOffsets({ topics }))).get(name) ?? [];
    },
    [Symbol.asyncDispose]: () => leave(consumer),
  };
}

/** Whom a broker that is gone cannot be told of leaves by silence. */
async function leave(consumer: Consumer): Promise<void> {
  try {
    await consumer.leaveGroup(true);
  } catch {}
  await ended(consumer);
}

/** A consumer that cannot leave its group would keep its connections, and its process. */
async function ended(consumer: Consumer): Promise<void> {
  try {
    await consumer.close(true);
  } catch {
    await Base.prototype.close.call(consumer);
  }
}

/** What brokers say to a producer whose transactional id another has, or whose transaction they have ended themselves. */
const FENCED = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING'];

function kafkaError(thrown: unknown, what: string, at: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const texts = messages(thrown);
  if (FENCED.some((id) => findErrorBy(thrown as Error, 'apiId', id))) {
    return millraceError('lane.fenced', `${what} at ${at}: ${texts.join('; ')}`, { at, cause: thrown });
  }
  const message = `${what} at ${at}: ${texts.join('; ')}`;
  const said = (pattern: RegExp) => texts.some((text) => pattern.test(text));
  if (said(/authentication failed|SASL_AUTHENTICATION/i)) {
    return millraceError('connect.denied', message, { at, cause: thrown });
  }
  if (said(/certificate|self.signed|\bTLS\b|\bSSL\b/i))
    return millraceError('connect.tls', message, { at, cause: thrown });
  // Also what a broker says to an epoch that its log does not know: it was cut, or restored from an older copy.
  if (said(/offset is not within the range/))
    return millraceError('source.history-lost', message, { at, cause: thrown });
  const network = said(/connect|socket|network|timed? ?out|ECONN|closed/i);
  return millraceError(network ? 'connect.lost' : 'kafka.refused', message, { at, cause: thrown });
}

/** An error of errors tells what happened in its parts, and one with a cause in that. */
function messages(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return [String(thrown)];
  const parts = thrown instanceof AggregateError ? thrown.errors.flatMap(messages) : [];
  const cause = thrown.cause === undefined ? [] : messages(thrown.cause);
  const own = parts.length > 0 ? [] : [thrown.message];
  return [...new Set([...own, ...parts, ...cause])];
}
