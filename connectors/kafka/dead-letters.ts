import type { Finding, LaneId, Reject } from '../contract/index.ts';
import type { FetchedRecord, KafkaClient, RecordSet } from './client.ts';
import { encodedHeader, RecordSetBuilder, recordBytes, wholePart } from './record-set.ts';
import { type Right, transactions } from './rights.ts';

/** What a batch has beside its records. */
const BATCH_ROOM = 200;
/** A record batch is sent on when it has so many bytes. */
const BATCH_BYTES = 512 * 1024;
/** A topic that is made takes what the one that is read does, and headers. */
const HEADER_ROOM = 16 * 1024;
const REASON_CHARS = 2000;
const TRANSACTION_MS = 60_000;

/** A message that was rejected, and where it lay. */
interface Letter {
  readonly topic: string;
  readonly partition: number;
  readonly record: FetchedRecord;
}

export interface DeadLetterOptions {
  /** Name of the topic; `{topic}` stands for the one that is read. */
  readonly template: string;
  /** Whose they are: part of the transactional ids. */
  readonly owner: string;
  readonly open: () => Promise<KafkaClient>;
}

/**
 * Messages that could not be read, as they came, on their way to a topic of their own. They are written before the offsets behind them are
 * committed: none is missing there, and one is there twice where that commit failed.
 */
export class DeadLetters {
  readonly #options: DeadLetterOptions;
  /** Nobody holds a message longer than its reject. */
  readonly #letters = new WeakMap<Reject, Letter>();
  /** Bytes that a record batch of each topic may have. */
  readonly #limits = new Map<string, Promise<number>>();

  constructor(options: DeadLetterOptions) {
    this.#options = options;
  }

  /** The topic for messages of a topic that cannot be read. */
  topicFor(topic: string): string {
    return this.#options.template.replaceAll('{topic}', topic);
  }

  async check(topic: string): Promise<Finding> {
    const to = this.topicFor(topic);
    const found = await (await this.#options.open()).find(to);
    const made = found === undefined ? ', which is made when there is one' : '';
    const message = `messages of ${topic} that cannot be read are written to ${to}${made}`;
    return { severity: 'ok', code: 'dead-letters', side: 'source', message };
  }

  /** What writing them needs; `topic`: the one that is read. */
  rights(topic: string): Right[] {
    const to: Right = {
      resource: 'topic',
      name: this.topicFor(topic),
      operations: ['Write', 'Create', 'DescribeConfigs'],
    };
    return [transactions(this.#options.owner), to];
  }

  keep(reject: Reject, letter: Letter): void {
    this.#letters.set(reject, letter);
  }

  /** Writes those of the rejects that are messages of one partition; they are durable when it comes back. */
  async write(lane: LaneId, rejects: readonly Reject[]): Promise<void> {
    const letters = rejects.flatMap((reject) => {
      const letter = this.#letters.get(reject);
      return letter === undefined ? [] : [{ reject, letter }];
    });
    const [first] = letters;
    if (first === undefined) return;
    const { open, owner } = this.#options;
    const client = await open();
    const to = this.topicFor(first.letter.topic);
    const limit = await this.#limit(client, first.letter.topic, to);
    const producer = await client.producer(`millrace.${owner}.dead.${lane}`, TRANSACTION_MS);
    try {
      for (const set of sets(to, limit, letters)) await producer.send([set]);
      await producer.commit();
    } finally {
      await producer.end();
    }
    for (const { reject } of letters) this.#letters.delete(reject);
  }

  #limit(client: KafkaClient, from: string, to: string): Promise<number> {
    const known = this.#limits.get(to) ?? made(client, from, to);
    this.#limits.set(to, known);
    known.catch(() => this.#limits.delete(to));
    return known;
  }
}

async function made(client: KafkaClient, from: string, to: string): Promise<number> {
  if ((await client.find(to)) === undefined) {
    const room = maxBytes(await client.settings(from)) + HEADER_ROOM;
    await client.create({ name: to, partitions: 1, settings: { 'max.message.bytes': `${room}` } });
  }
  return maxBytes(await client.settings(to));
}

/** Kafka's own default where the broker does not say. */
function maxBytes(settings: ReadonlyMap<string, string>): number {
  return Number(settings.get('max.message.bytes') ?? 1_048_588);
}

function* sets(
  topic: string,
  limit: number,
  letters: readonly { readonly reject: Reject; readonly letter: Letter }[],
): Generator<RecordSet> {
  const builder = new RecordSetBuilder(topic, 0);
  const most = Math.min(limit - BATCH_ROOM, BATCH_BYTES);
  for (const { reject, letter } of letters) {
    const { key, value } = letter.record;
    const [keyPart, valuePart] = [key, value].map((bytes) => (bytes === null ? undefined : wholePart(bytes)));
    const headers = headersOf(reject, letter);
    const size = recordBytes(
      keyPart,
      valuePart,
      headers.reduce((sum, header) => sum + header.length, 0),
    );
    if (builder.count > 0 && builder.bytes + size > most) yield builder.take();
    // A batch that was compressed may hold more than may be written; the message still lies at its offset, and among the rejects.
    if (size > limit - BATCH_ROOM) {
      const left = encodedHeader('millrace.bytes_left_out', `${(key?.length ?? 0) + (value?.length ?? 0)}`);
      builder.add(undefined, undefined, [...headers, left]);
    } else builder.add(keyPart, valuePart, headers);
  }
  yield builder.take();
}

function headersOf({ code, message }: Reject, { topic, partition, record }: Letter): Uint8Array[] {
  return Object.entries({
    'millrace.topic': topic,
    'millrace.partition': `${partition}`,
    'millrace.offset': `${record.offset}`,
    'millrace.timestamp': `${record.timestamp}`,
    'millrace.code': code,
    'millrace.reason': message.slice(0, REASON_CHARS),
  }).map(([name, text]) => encodedHeader(name, text));
}
