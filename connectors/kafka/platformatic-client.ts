import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Admin,
  Base,
  type BaseOptions,
  ConfigResourceTypes,
  Consumer,
  type ConsumerGroupJoinPayload,
  type ConsumerOptions,
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
import { Brokers } from './platformatic-brokers.ts';
import { closingAll } from './platformatic-connections.ts';
import { committed, everything, type FetchedBatches, fetchFrom, type Isolation } from './platformatic-fetch.ts';
import { openProducer } from './platformatic-producer.ts';
import { isDenied, lackingRights } from './platformatic-rights.ts';
import { committedRecords, decidedRecords, type RecordBatch } from './records.ts';

/** Seconds after which a member that says nothing loses its partitions. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1000;
/** What is refused for now is asked for again after this, twice this, and so on. */
const FIRST_RETRY_MS = 50;
/** What a broker takes at most to know a new topic, and a transaction to be marked as ended. */
const KNOWN_MS = 30_000;
/** So many empty answers of a broker that knows the end of a partition say that what was before it is compacted away. */
const EMPTY_ANSWERS = 4;

const EARLIEST = -2n;
const LATEST = -1n;

/** The client of @platformatic/kafka: it knows the ids of topics. */
export function platformaticClient(config: KafkaConfig): KafkaClient {
  const at = clusterAt(config);
  const options = clientOptions(config);
  const consumer = consumerOf(options);
  const asking = <T>(what: string, ask: Promise<T>): Promise<T> =>
    ask.catch((thrown) => Promise.reject(kafkaError(thrown, what, at)));
  const brokers = new Brokers(consumer);
  const find = async (name: string): Promise<TopicInfo | undefined> => {
    const found = await asking(`topic ${name}`, brokers.topic(name));
    return found === undefined ? undefined : { name, id: found.topicId, partitions: found.partitions.length };
  };
  const topic = async (name: string): Promise<TopicInfo> => {
    const found = await find(name);
    if (found === undefined) throw millraceError('source.stream-missing', `there is no topic ${name} at ${at}`, { at });
    return found;
  };
  const look = async (name: string, timestamp: bigint, isolation: Isolation) =>
    (await asking('offsets', consumer.listOffsets({ topics: [name], timestamp, ...isolation }))).get(name) ?? [];
  const administrating = async <T>(act: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = closingAll(new Admin(options));
    try {
      return await act(admin);
    } finally {
      await admin.close();
    }
  };
  return {
    topic,
    find,
    cluster: async () => (await asking('metadata', brokers.metadata([]))).clusterId ?? '',
    topicNames: () => asking('the list of topics', topicNames(brokers)),
    async offsets(name) {
      const [first, end] = [await look(name, EARLIEST, committed), await look(name, LATEST, committed)];
      return first.map((offset, i): OffsetRange => ({ first: offset, end: end[i] ?? offset }));
    },
    ends: (name) => look(name, LATEST, everything),
    settings: (name) => administrating((admin) => asking(`the settings of ${name}`, settingsOf(admin, name))),
    lacking: (needs) => asking('what the user may do', lackingRights(brokers, needs)),
    async create(wanted) {
      await administrating((admin) => asking(`topic ${wanted.name}`, create(admin, wanted)));
      await asking(`topic ${wanted.name}`, led(brokers, consumer, wanted.name));
    },
    producer: (id, timeoutMs) =>
      openProducer({
        client: options,
        id,
        timeoutMs,
        compression: config.compression,
        asError: (thrown, what) => kafkaError(thrown, what, at),
      }),
    async settled(info, partition, from) {
      const reading = consumerOf(options);
      reading.topics.track(info.name);
      const once = async () => {
        const first = (await look(info.name, EARLIEST, committed))[partition] ?? 0n;
        const end = (await look(info.name, LATEST, everything))[partition] ?? 0n;
        const stable = (await look(info.name, LATEST, committed))[partition] ?? 0n;
        const fetch = (offset: bigint, isolation: Isolation) =>
          fetchFrom(reading, { topic: info, partition }, { offset, epoch: -1 }, isolation);
        return await settledOnce(fetch, from < first ? first : from, stable, end);
      };
      try {
        return await asking(info.name, settled(once, brokers));
      } finally {
        await ended(reading);
      }
    },
    reader: (info, partition) => partitionReader(consumerOf(options), info, partition, at),
    join: (group, info, onAssigned) =>
      joined(
        consumerOf({
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

async function topicNames(brokers: Brokers): Promise<string[]> {
  const { topics } = await brokers.metadata(null);
  return topics.flatMap(({ name, isInternal }) => (isInternal || name == null ? [] : [name])).sort();
}

/** Of a group that it does not join, unless one is named. */
function consumerOf(options: Partial<ConsumerOptions<Buffer, Buffer, Buffer, Buffer>> & BaseOptions): Consumer {
  return closingAll(new Consumer({ groupId: 'millrace', ...options }));
}

function clientOptions({ brokers, sasl, tls, ca }: KafkaConfig): BaseOptions {
  return {
    clientId: 'millrace',
    bootstrapBrokers: brokers,
    autocreateTopics: false,
    retries: 6,
    retryDelay: (_client, _what, attempt) => FIRST_RETRY_MS * 2 ** (attempt - 1),
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
        fetchFrom(consumer, { topic, partition }, { offset: from, epoch }, committed),
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

interface SettledLook {
  readonly settled: Settled;
  readonly undecided: readonly bigint[];
}

/**
 * A broker answers a commit before its marks are in the log: of those that it has answered when this begins, a look that comes after has the
 * marks, or the coordinator still says that the transaction ends.
 */
async function settled(look: () => Promise<SettledLook>, brokers: Brokers): Promise<Settled> {
  const mayPass = (thrown: unknown) => thrown instanceof Unsettled;
  return await patiently(async () => {
    const { undecided, settled: first } = await look();
    if (undecided.length === 0) return first;
    const open = await brokers.ongoing(undecided);
    const found = await look();
    // A coordinator that has just begun does not know of its transactions yet: only what it calls open is open.
    const late = found.undecided.find((producer) => undecided.includes(producer) && !open.has(producer));
    if (late !== undefined) throw new Unsettled(`the end of a transaction of producer ${late} is not marked yet`);
    return found.settled;
  }, mayPass);
}

/** What a broker will know soon. */
class Unsettled extends Error {}

/** To where transactions are still open (`stable`) as the broker tells; from there to the end by the marks of the transactions themselves. */
async function settledOnce(
  fetch: (from: bigint, isolation: Isolation) => Promise<FetchedBatches>,
  from: bigint,
  stable: bigint,
  end: bigint,
): Promise<SettledLook> {
  const records: Fetched['records'][number][] = [];
  let next = from;
  for (let empty = 0; next < stable && empty < EMPTY_ANSWERS; ) {
    const { batches, aborted, end: known = -1n } = await fetch(next, committed);
    const fetched = committedRecords(batches, aborted, next);
    records.push(...fetched.records);
    empty = fetched.next === next ? empty + 1 : 0;
    next = fetched.next;
    if (empty > 0 && known < stable) throw new Unsettled(`a broker has not yet what it has told of, up to ${stable}`);
  }
  if (next < stable) next = stable;
  const open: RecordBatch[] = [];
  for (let at = next; at < end; ) {
    const { batches } = await fetch(at, everything);
    const last = batches.at(-1);
    if (last === undefined) throw new Unsettled(`a broker has not yet what it has told of, up to ${end}`);
    open.push(...batches);
    at = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
  }
  const { records: beyond, undecided } = decidedRecords(open, next);
  return { settled: { records, next, beyond }, undecided };
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

/**
 * A topic is made before brokers know of it: waits until each does, and every partition has a leader that answers. What is done to it from
 * here on finds it.
 */
async function led(brokers: Brokers, consumer: Consumer, name: string): Promise<void> {
  const isKnown = async () => {
    const found = await brokers.topicEverywhere(name);
    return found.every((topic) => topic?.errorCode === 0 && topic.partitions.every(({ leaderId }) => leaderId >= 0));
  };
  await patiently(async () => {
    if (!(await isKnown())) throw new Error('it is made, but not known to all brokers yet');
    await consumer.listOffsets({ topics: [name], timestamp: LATEST, ...everything });
  });
}

/** Until it does not throw what may pass, for as long as brokers take at most to know what was decided. */
async function patiently<T>(act: () => Promise<T>, mayPass: (thrown: unknown) => boolean = () => true): Promise<T> {
  const until = performance.now() + KNOWN_MS;
  for (let wait = 5; ; wait = Math.min(wait * 2, 500)) {
    try {
      return await act();
    } catch (thrown) {
      if (!mayPass(thrown) || performance.now() > until) throw thrown;
      await pause(wait);
    }
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
  if (isDenied(thrown)) return millraceError('kafka.denied', message, { at, cause: thrown });
  if (findErrorBy(thrown as Error, 'apiId', 'INVALID_TIMESTAMP')) {
    const fix =
      "Set this machine's clock, or the broker's; `message.timestamp.after.max.ms` of the topic says how far ahead records may be.";
    return millraceError('kafka.refused', message, { at, cause: thrown, fix, retry: 'never' });
  }
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
