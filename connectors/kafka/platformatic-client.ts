import { Admin, Consumer, type ConsumerGroupJoinPayload, FetchIsolationLevels } from '@platformatic/kafka';
import { MillraceError, millraceError } from '../contract/index.ts';
import type { Fetched, GroupMember, KafkaClient, OffsetRange, PartitionReader, TopicInfo } from './client.ts';
import { clusterAt, type KafkaConfig } from './config.ts';
import { committedRecords } from './records.ts';

/** Seconds after which a member that says nothing loses its partitions. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 1000;
/** One answer of a broker. */
const FETCH_BYTES = 8 * 1024 * 1024;
const FETCH_WAIT_MS = 500;

const committed = { isolationLevel: FetchIsolationLevels.READ_COMMITTED };
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
  return {
    topic,
    cluster: async () => (await metadata([])).id,
    async topicNames() {
      const admin = new Admin(options);
      try {
        return await asking('the list of topics', admin.listTopics());
      } finally {
        await admin.close();
      }
    },
    async offsets(name) {
      const look = (timestamp: bigint) =>
        asking('offsets', consumer.listOffsets({ topics: [name], timestamp, ...committed }));
      const [first, end] = [(await look(EARLIEST)).get(name) ?? [], (await look(LATEST)).get(name) ?? []];
      return first.map((offset, i): OffsetRange => ({ first: offset, end: end[i] ?? offset }));
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
    [Symbol.asyncDispose]: () => consumer.close(true),
  };
}

function clientOptions({ brokers, sasl, tls }: KafkaConfig) {
  return {
    clientId: 'millrace',
    bootstrapBrokers: brokers,
    autocreateTopics: false,
    retries: 3,
    ...(tls ? { tls: {} } : {}),
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
      const found = (await asking(consumer.metadata({ topics: [topic.name] }))).topics.get(topic.name);
      const node = found?.partitions[partition]?.leader;
      if (found?.id !== topic.id || node === undefined) {
        throw millraceError('source.history-lost', `topic ${topic.name} was deleted and made again`, {
          at: topic.name,
        });
      }
      const wanted = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: from,
        lastFetchedEpoch: epoch,
        partitionMaxBytes: FETCH_BYTES,
      };
      const answer = await asking(
        consumer.fetch({
          node,
          topics: [{ topicId: topic.id, partitions: [wanted] }],
          maxBytes: FETCH_BYTES,
          maxWaitTime: FETCH_WAIT_MS,
          minBytes: 1,
          ...committed,
        }),
      );
      const own = answer.responses[0]?.partitions.find((one) => one.partitionIndex === partition);
      const cutAt = own?.divergingEpoch?.endOffset ?? -1n;
      return {
        ...committedRecords(own?.records ?? [], own?.abortedTransactions ?? [], from),
        ...(own === undefined ? {} : { end: own.lastStableOffset }),
        ...(cutAt < 0n ? {} : { cutAt }),
      };
    },
    [Symbol.asyncDispose]: () => consumer.close(true),
  };
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
    await consumer.close(true);
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
  await consumer.close(true);
}

function kafkaError(thrown: unknown, what: string, at: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const texts = messages(thrown);
  const message = `${what} at ${at}: ${texts.join('; ')}`;
  // Also what a broker says to an epoch that its log does not know: it was cut, or restored from an older copy.
  if (texts.some((text) => /offset is not within the range/.test(text)))
    return millraceError('source.history-lost', message, { at, cause: thrown });
  const network = texts.some((text) => /connect|socket|network|timed? ?out|ECONN|closed/i.test(text));
  return millraceError(network ? 'connect.lost' : 'kafka.refused', message, { at, cause: thrown });
}

/** An error of errors tells what happened in its parts. */
function messages(thrown: unknown): string[] {
  if (thrown instanceof AggregateError && thrown.errors.length > 0)
    return [...new Set(thrown.errors.flatMap(messages))];
  return [thrown instanceof Error ? thrown.message : String(thrown)];
}
