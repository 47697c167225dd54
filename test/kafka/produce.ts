import { Admin, Producer } from '@platformatic/kafka';
import { avroSchema, keySchema, keyStream, SlabBuilder, valuesEncoder } from '../../connectors/avro/index.ts';
import { type Slab, type StreamSchema, slabRows } from '../../connectors/contract/index.ts';
import type { Value } from '../../connectors/types/index.ts';
import { sharedUrl } from '../services/shared.ts';

/** A change as a test writes it: a row, or (`undefined`) its deletion, under a key. */
export interface Change {
  readonly key: readonly Value[];
  readonly row?: readonly Value[];
  readonly partition: number;
}

/** A topic with registered schemas. Disposing of it deletes it. */
export interface TestTopic extends AsyncDisposable {
  readonly name: string;
  /** Registers the schema and gives what writes rows of it. */
  writer(
    schema: StreamSchema,
  ): Promise<(changes: readonly Change[], transaction?: 'commit' | 'abort') => Promise<void>>;
  /** Registers any schema for keys or values. */
  register(part: 'key' | 'value', schema: object, subject?: string): Promise<number>;
  /** Puts raw bytes into a partition, 0 without one. */
  raw(key: Buffer | undefined, value: Buffer | undefined, partition?: number): Promise<void>;
  /** More partitions. */
  grow(partitions: number): Promise<void>;
  /** Deletes the records of a partition before an offset. */
  cut(partition: number, offset: bigint): Promise<void>;
  /** Deletes the topic and makes it again. */
  again(): Promise<void>;
}

const client = () => ({ clientId: 'millrace-test', bootstrapBrokers: [sharedUrl('kafka')] });

/** For a pipeline: `kafka://127.0.0.1:19092?registry=...`. */
export function kafkaUrl(options: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({ registry: sharedUrl('registry'), ...options });
  return `kafka://${sharedUrl('kafka')}?${query}`;
}

export async function openTopic(
  partitions: number,
  name = `mr_${Math.random().toString(36).slice(2)}`,
): Promise<TestTopic> {
  const admin = new Admin(client());
  const make = () => admin.createTopics({ topics: [name], partitions, replicas: 1 });
  await make();
  const producer = new Producer({ ...client(), idempotent: true });
  return {
    name,
    writer: async (schema) => {
      const ids = {
        key: await register(`${name}-key`, keySchema(schema, 'typed')),
        value: await register(`${name}-value`, avroSchema(schema, 'typed')),
      };
      const encode = { key: valuesEncoder(keyStream(schema), 'typed'), value: valuesEncoder(schema, 'typed') };
      return async (changes, end) => {
        const keys = slabOf(
          changes.map((change) => change.key),
          encode.key,
        );
        const rows = slabOf(
          changes.map((change) => change.row),
          encode.value,
        );
        const messages = changes.map(({ partition, row }, i) => ({
          topic: name,
          partition,
          key: framed(ids.key, record(keys, i)),
          ...(row === undefined ? {} : { value: framed(ids.value, record(rows, i)) }),
        }));
        await send(producer, messages, end);
      };
    },
    register: (part, schema, subject = name) => register(`${subject}-${part}`, schema),
    grow: async (count) => {
      await admin.createPartitions({ topics: [{ name, count }], validateOnly: false });
    },
    cut: async (partition, offset) => {
      await admin.deleteRecords({ topics: [{ name, partitions: [{ partition, offset }] }] });
    },
    raw: async (key, value, partition = 0) => {
      const message = {
        topic: name,
        partition,
        ...(key === undefined ? {} : { key }),
        ...(value === undefined ? {} : { value }),
      };
      await send(producer, [message], undefined);
    },
    again: async () => {
      await admin.deleteTopics({ topics: [name] });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await make();
    },
    [Symbol.asyncDispose]: async () => {
      await admin.deleteTopics({ topics: [name] });
      await admin.close();
      await producer.close();
    },
  };
}

type Message = Parameters<Producer['send']>[0]['messages'][number];

async function send(producer: Producer, messages: Message[], end: 'commit' | 'abort' | undefined): Promise<void> {
  if (end === undefined) {
    for (let at = 0; at < messages.length; at += 1000) await producer.send({ messages: messages.slice(at, at + 1000) });
    return;
  }
  const own = new Producer({ ...client(), idempotent: true, transactionalId: `mr-${Math.random()}` });
  const transaction = await own.beginTransaction();
  for (let at = 0; at < messages.length; at += 1000)
    await transaction.send({ messages: messages.slice(at, at + 1000) });
  await transaction[end]();
  await own.close();
}

async function register(subject: string, schema: object): Promise<number> {
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
  const body = JSON.stringify({ schema: JSON.stringify(schema) });
  const answer = await fetch(`${sharedUrl('registry')}/subjects/${subject}/versions`, {
    method: 'POST',
    headers,
    body,
  });
  if (!answer.ok) throw new Error(`the registry answers ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { id: number }).id;
}

function slabOf(rows: readonly (readonly Value[] | undefined)[], encode: ReturnType<typeof valuesEncoder>): Slab {
  const into = new SlabBuilder();
  for (const row of rows) row === undefined ? into.commitRow() : encode(row, into);
  return into.take();
}

function record(slab: Slab, row: number): Uint8Array {
  if (row >= slabRows(slab)) throw new RangeError(`no record ${row}`);
  return slab.bytes.subarray(row === 0 ? 0 : slab.ends[row - 1], slab.ends[row]);
}

/** Confluent's frame around a record. */
export function framed(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, body]);
}
