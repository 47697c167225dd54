import {
  type API,
  addPartitionsToTxnV3,
  type BaseOptions,
  type Callback,
  type ClusterMetadata,
  type Connection,
  kGetApi,
  kGetConnection,
  Producer,
} from '@platformatic/kafka';
import { millraceError } from '../contract/index.ts';
import type { RecordSet, TransactionalProducer } from './client.ts';
import type { Compression } from './config.ts';
import { closingAll } from './platformatic-connections.ts';
import { PRODUCE_KEY, PRODUCE_VERSIONS, produceAnswer, produceRequest, recordBatch } from './produce-request.ts';

/** A transaction that follows another at once is refused until the marks of that are written: a matter of milliseconds. */
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 1000;
const RETRIES = 12;

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>;

export interface ProducerOptions {
  readonly client: BaseOptions;
  readonly id: string;
  readonly timeoutMs: number;
  readonly compression: Compression;
  /** Turns what the library throws into what we throw. */
  readonly asError: (thrown: unknown, what: string) => Error;
}

/**
 * From version 4 on `AddPartitionsToTxn` is what brokers ask each other, and needs ClusterAction, which no user should have; the library takes
 * the newest that there is. Version 3 is that of clients, since Kafka 2.6: https://kafka.apache.org/protocol#The_Messages_AddPartitionsToTxn
 */
class ClientProducer extends Producer {
  override [kGetApi]<Request extends unknown[], Response>(
    name: string,
    callback: Callback<API<Request, Response>>,
  ): void {
    if (name === 'AddPartitionsToTxn') callback(null, addPartitionsToTxnV3.api as unknown as API<Request, Response>);
    else super[kGetApi](name, callback);
  }
}

/** Takes the fence of a transactional id. */
export async function openProducer(options: ProducerOptions): Promise<TransactionalProducer> {
  const { client, id, timeoutMs } = options;
  const producer = closingAll(
    new ClientProducer({
      ...client,
      idempotent: true,
      transactionalId: id,
      // Also what the broker waits for the end of a transaction.
      timeout: timeoutMs,
      // Whoever had the id before is fenced off only if no former producer is named.
      producerId: -1n,
      producerEpoch: -1,
      retries: RETRIES,
      retryDelay: (_client, _what, attempt) => Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS),
    }),
  );
  try {
    return new RecordProducer(producer, await producer.beginTransaction(), await produceVersion(producer), options);
  } catch (thrown) {
    await producer.close(true).catch(() => undefined);
    throw options.asError(thrown, `the fence of ${id}`);
  }
}

/** The library's own `send` makes objects of every record; its transactions and connections are used, and record batches written here. */
class RecordProducer implements TransactionalProducer {
  readonly #producer: Producer;
  readonly #version: number;
  readonly #options: ProducerOptions;
  /** By topic and partition, since the fence was taken. */
  readonly #sequences = new Map<string, number>();
  #transaction: Transaction | undefined;
  #begun = false;
  /** Requests are given to the connection one after the other: their sequence numbers must arrive in order. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(producer: Producer, transaction: Transaction, version: number, options: ProducerOptions) {
    this.#producer = producer;
    this.#transaction = transaction;
    this.#version = version;
    this.#options = options;
  }

  async send(sets: readonly RecordSet[]): Promise<void> {
    const given = this.#turn.then(() => this.#give(sets));
    this.#turn = given.catch(() => undefined);
    try {
      const { answers } = await given;
      await answers;
    } catch (thrown) {
      throw this.#options.asError(thrown, 'send');
    }
  }

  async commit(): Promise<void> {
    try {
      await this.#turn;
      await this.#transaction!.commit();
      this.#transaction = undefined;
      this.#begun = false;
    } catch (thrown) {
      throw this.#options.asError(thrown, 'commit');
    }
  }

  async end(): Promise<void> {
    try {
      if (this.#begun) await this.#transaction?.abort();
    } catch {
      // Then the broker does it: when the id is taken again, or the transaction's time is over.
    }
    await this.#producer.close(true).catch(() => undefined);
  }

  /** The answers are in an object: they come later than the next request may be given. */
  async #give(sets: readonly RecordSet[]): Promise<{ readonly answers: Promise<unknown> }> {
    this.#transaction ??= await this.#producer.beginTransaction();
    const metadata = await this.#producer.metadata({ topics: [...new Set(sets.map(({ topic }) => topic))] });
    this.#begun = true;
    await this.#transaction.addPartitions(
      metadata,
      sets.map(({ topic, partition }) => ({ topic, partition, value: undefined })) as never,
    );
    const byLeader = Map.groupBy(sets, ({ topic, partition }) => leaderOf(metadata, topic, partition));
    const leaders: { readonly connection: Connection; readonly own: readonly RecordSet[] }[] = [];
    for (const [leader, own] of byLeader) leaders.push({ connection: await this.#connection(metadata, leader), own });
    return { answers: Promise.all(leaders.map(({ connection, own }) => this.#produce(connection, own))) };
  }

  #connection(metadata: ClusterMetadata, leader: number): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const broker = metadata.brokers.get(leader);
    if (broker === undefined) return Promise.reject(new Error(`no broker ${leader} in the cluster`));
    this.#producer[kGetConnection](broker, (error, found) => (error ? reject(error) : resolve(found!)));
    return promise;
  }

  #produce(connection: Connection, sets: readonly RecordSet[]): Promise<void> {
    const { id, timeoutMs, compression } = this.#options;
    const { producerId, producerEpoch } = this.#producer;
    const from = { transactionalId: id, producerId: producerId!, epoch: producerEpoch! };
    const now = Date.now();
    const batches = sets.map((set) => ({
      topic: set.topic,
      partition: set.partition,
      batch: recordBatch(set, from, this.#sequence(set), compression, now),
    }));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    connection.send<number>(
      PRODUCE_KEY,
      this.#version,
      () => produceRequest(id, timeoutMs, batches),
      produceAnswer,
      true,
      true,
      (error, acknowledged) => {
        if (error) reject(error);
        else if (acknowledged === batches.length) resolve();
        else reject(new Error(`${acknowledged} of ${batches.length} partitions acknowledged`));
      },
    );
    return promise;
  }

  #sequence({ topic, partition, count }: RecordSet): number {
    const at = `${topic}/${partition}`;
    const sequence = this.#sequences.get(at) ?? 0;
    // It goes on at 0 behind the largest 32-bit number.
    this.#sequences.set(at, (sequence + count) % 0x80000000);
    return sequence;
  }
}

function leaderOf(metadata: ClusterMetadata, topic: string, partition: number): number {
  const leader = metadata.topics.get(topic)?.partitions[partition]?.leader;
  if (leader === undefined) throw new Error(`no leader of ${topic}/${partition}`);
  return leader;
}

/** The newest version of Produce that both sides have. */
function produceVersion(producer: Producer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  producer[kGetApi]<[], number>('Produce', (error, api) => {
    if (error) return reject(error);
    const version = Math.min((api as unknown as { readonly version: number }).version, PRODUCE_VERSIONS.most);
    if (version >= PRODUCE_VERSIONS.least) return resolve(version);
    reject(millraceError('kafka.refused', `the broker speaks version ${version} of Produce: Kafka 2.8 is the oldest`));
  });
  return promise;
}
