import {
  type Finding,
  type Group,
  type Identity,
  type LaneId,
  type Message,
  MillraceError,
  matchesStream,
  millraceError,
  type Pace,
  type PipelineId,
  type Position,
  type Positions,
  type ReadRequest,
  type Reject,
  type Source,
  type StreamName,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { FetchedRecord, KafkaClient } from './client.ts';
import type { KafkaConfig } from './config.ts';
import { DeadLetters } from './dead-letters.ts';
import { jsonMessage, jsonRow, jsonSchema } from './debezium-json.ts';
import { type FormatOptions, mayResend, requireZone, type TopicFormat, topicFormat } from './format.ts';
import { partitionLane, partitionLaneId, type TopicRead } from './partition-read.ts';
import type { AvroRecord, RegisteredSchema, SchemaRegistry } from './registry.ts';
import { lackingFindings, readingRights, STATE_READ } from './rights.ts';
import { BEING_MADE, StateTopic, topicsOf } from './state-topic.ts';
import { topicHistory } from './topic-history.ts';
import { isTopicName } from './topic-plan.ts';
import { topicSchema } from './topic-schema.ts';
import { TopicShare } from './topic-share.ts';

export interface KafkaSourceOptions {
  readonly config: KafkaConfig;
  /** Makes the client, when it is needed. */
  readonly open: () => Promise<KafkaClient>;
  readonly registry: SchemaRegistry;
  readonly formats?: FormatOptions;
  /** Name of the topic for messages that cannot be read; `{topic}` stands for the one that is read. */
  readonly deadLetters?: string;
  /** Processes that read for the same pipeline share partitions; absent: one process reads all. */
  readonly pipeline?: PipelineId;
  /** Only topics that this pipeline wrote are streams, under the names that these had at its source. */
  readonly writer?: PipelineId;
}

/** What the registry tells of a topic. */
interface KnownTopic {
  readonly topic: string;
  readonly schema: StreamSchema;
  readonly format: TopicFormat;
  /** Absent where messages bring their schemas with them. */
  readonly newest?: RegisteredSchema;
}

/** Topics of Avro records as streams. A record's key finds the row; a record without a value is a delete. */
export class KafkaSource implements Source {
  readonly modes = ['cdc'] as const;
  readonly #config: KafkaConfig;
  readonly #open: () => Promise<KafkaClient>;
  #client: Promise<KafkaClient> | undefined;
  readonly #registry: SchemaRegistry;
  readonly #formats: FormatOptions;
  readonly #pipeline: PipelineId | undefined;
  readonly #writer: PipelineId | undefined;
  readonly #dead: DeadLetters | undefined;
  /** Of the lanes that are read now: whom their positions are told. */
  readonly #shares = new Map<LaneId, (position: Position) => Promise<void>>();

  constructor({ config, open, registry, formats = {}, deadLetters, pipeline, writer }: KafkaSourceOptions) {
    this.#config = config;
    this.#open = open;
    this.#registry = registry;
    this.#formats = formats;
    this.#pipeline = pipeline;
    this.#writer = writer;
    const owner = pipeline ?? 'reader';
    this.#dead =
      deadLetters === undefined
        ? undefined
        : new DeadLetters({ template: deadLetters, owner, open: () => this.#opened() });
  }

  async identity(): Promise<Identity> {
    return `kafka:${await (await this.#opened()).cluster()}`;
  }

  async check({ streams }: ReadRequest, _signal: AbortSignal, committed?: Positions): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const request of streams) {
      try {
        const lacking = await this.#lacking(request.stream);
        findings.push(...lacking);
        if (lacking.length > 0) continue;
        const known = await this.#known(request.stream);
        findings.push(...topicFindings(known, request));
        findings.push(...(await topicHistory(await this.#opened(), known.topic, committed)));
        if (this.#dead !== undefined) findings.push(await this.#dead.check(known.topic));
      } catch (thrown) {
        if (!(thrown instanceof MillraceError)) throw thrown;
        const { code, message, fix, at } = thrown;
        findings.push({ severity: 'error', code, side: 'source', message, fix, ...(at === undefined ? {} : { at }) });
      }
    }
    return findings;
  }

  async discover(patterns: readonly string[]): Promise<StreamSchema[]> {
    const all = [...(await this.#topics())];
    for (const pattern of patterns) {
      if (!all.some(([, stream]) => matchesStream(pattern, stream))) await this.#requireSeen(pattern);
    }
    const meant = all.filter(([, stream]) => patterns.some((pattern) => matchesStream(pattern, stream)));
    const found = await Promise.all(meant.map(([name, stream]) => this.#topic(name, stream)));
    return found.flatMap((topic) => (topic === undefined ? [] : [topic.schema]));
  }

  async schemas({ streams }: ReadRequest, _signal: AbortSignal): Promise<StreamSchema[]> {
    const found: StreamSchema[] = [];
    for (const request of streams) found.push(chosen(await this.#known(request.stream), request));
    return found;
  }

  async groups(request: ReadRequest, _committed: Positions, _signal: AbortSignal): Promise<Group[]> {
    const topics = await Promise.all(request.streams.map(({ stream }) => this.#known(stream)));
    return request.streams.map((stream, i) => this.#group(stream, topics[i]!, request));
  }

  async *changes(request: ReadRequest, signal: AbortSignal): AsyncGenerator<Message, void, undefined> {
    const [stream] = request.streams as [StreamRequest];
    const topic = await this.#known(stream.stream);
    const read = { ...(await this.#read(stream, topic, request)), follow: true };
    const ends = await read.client.offsets(topic.topic);
    const lanes = ends.map(({ end }, partition) =>
      partitionLane(read, partition, { range: async () => ({ first: end, end }) }),
    );
    yield* merged(lanes.map((lane) => lane.read(undefined, signal)));
  }

  async acknowledge(lane: LaneId, position: Position): Promise<void> {
    await this.#shares.get(lane)?.(position);
  }

  async rejected(lane: LaneId, rejects: readonly Reject[]): Promise<void> {
    await this.#dead?.write(lane, rejects);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#client)?.[Symbol.asyncDispose]();
  }

  async #lacking(stream: StreamName): Promise<Finding[]> {
    const client = await this.#opened();
    const state = this.#writer === undefined ? [] : [STATE_READ];
    const own = await client.lacking(state);
    if (own.length > 0) return lackingFindings(this.#config, 'source', own);
    const name = await this.#topicOf(stream);
    const group = this.#pipeline === undefined ? undefined : this.#groupOf(name);
    const dead = this.#dead?.rights(name) ?? [];
    return lackingFindings(this.#config, 'source', await client.lacking([...readingRights(name, group), ...dead]));
  }

  /** A topic that may not be seen is not among all; asked for by name, it is said to be withheld. */
  async #requireSeen(name: string): Promise<void> {
    if (this.#writer !== undefined || !isTopicName(name)) return;
    const [first] = await this.#lacking({ namespace: '', name });
    if (first !== undefined) throw millraceError('kafka.denied', first.message, { at: name, fix: first.fix! });
  }

  #groupOf(topic: string): string {
    return `millrace.${this.#pipeline}.${topic}`;
  }

  #opened(): Promise<KafkaClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  /** Names of topics, with the streams that they are. */
  async #topics(): Promise<ReadonlyMap<string, StreamName>> {
    const client = await this.#opened();
    if (this.#writer !== undefined) {
      const written = topicsOf(await new StateTopic(client).look(), this.#writer);
      const made = [...written].filter(([, { id }]) => id !== BEING_MADE);
      return new Map(made.map(([name, { stream }]) => [name, stream]));
    }
    const all = await client.topicNames();
    const dead = new Set(all.map((name) => this.#dead?.topicFor(name)));
    const names = all.filter((name) => !name.startsWith('__') && !dead.has(name));
    return new Map(names.map((name) => [name, { namespace: '', name }]));
  }

  async #topicOf(stream: StreamName): Promise<string> {
    if (this.#writer === undefined) return stream.name;
    const at = streamText(stream);
    const [found] = [...(await this.#topics())].find(([, own]) => streamText(own) === at) ?? [];
    if (found !== undefined) return found;
    throw millraceError('source.stream-missing', `no topic of ${at} was written yet`, { at });
  }

  /** Undefined for topics that no schema is registered of. */
  async #topic(name: string, stream: StreamName): Promise<KnownTopic | undefined> {
    if (this.#formats.format === 'debezium-json') return this.#jsonTopic(name);
    const newest = await this.#registry.latest(name, 'value');
    const key = await this.#registry.latest(name, 'key');
    if (newest === undefined) return undefined;
    const format = topicFormat(newest.avro, this.#formats);
    const schema = { ...topicSchema(name, newest.avro, keyNames(key?.avro), format), stream };
    return { topic: name, newest, format, schema };
  }

  /** By its first message that tells of a row; undefined where there is none. */
  async #jsonTopic(name: string): Promise<KnownTopic | undefined> {
    const format = topicFormat(undefined, this.#formats);
    const record = await firstRecord(await this.#opened(), name);
    if (record === undefined) return undefined;
    const key =
      record.key === null ? [] : (jsonMessage(record.key).schema.fields ?? []).map(({ field }) => field ?? '');
    return { topic: name, format, schema: jsonSchema(name, jsonRow(jsonMessage(record.value!).schema), key) };
  }

  async #known(stream: StreamName): Promise<KnownTopic> {
    const name = await this.#topicOf(stream);
    const topic = await this.#topic(name, stream);
    if (topic === undefined) {
      const isJson = this.#formats.format === 'debezium-json';
      const why = isJson
        ? `topic ${name} has no message yet that tells its schema`
        : `no schema of topic ${name} is registered`;
      throw millraceError('source.stream-missing', why, { at: name });
    }
    for (const { type, name: column } of topic.schema.columns) {
      if (topic.format.format === 'ticdc' && type.kind === 'timestamp') requireZone(topic.format, `${name}.${column}`);
    }
    return topic;
  }

  #group(stream: StreamRequest, topic: KnownTopic, request: ReadRequest): Group {
    const self = this;
    return {
      streams: [stream.stream],
      async *stages() {
        const name = topic.topic;
        for (;;) {
          const read = await self.#read(stream, topic, request);
          const ranges = await read.client.offsets(name);
          if (self.#pipeline === undefined) {
            const lanes = ranges.map((range, partition) =>
              partitionLane(read, partition, { range: async () => range }),
            );
            yield { lanes, streams: [{ schema: read.schema }] };
            return;
          }
          const share = new TopicShare(read, self.#groupOf(name), ranges);
          for (let partition = 0; partition < read.topic.partitions; partition++) {
            const told = (position: Position) => share.acknowledge(partition, position);
            self.#shares.set(partitionLaneId(name, partition), told);
          }
          yield* share.stage();
          if (!share.hasGrown) return;
        }
      },
    };
  }

  #keeping(topic: string): Pick<TopicRead, 'onReject'> {
    const dead = this.#dead;
    if (dead === undefined) return {};
    return { onReject: (reject, partition, record) => dead.keep(reject, { topic, partition, record }) };
  }

  async #read(stream: StreamRequest, topic: KnownTopic, request: ReadRequest): Promise<TopicRead> {
    const client = await this.#opened();
    const name = topic.topic;
    const info = await client.topic(name);
    return {
      client,
      registry: this.#registry,
      cluster: await client.cluster(),
      topic: info,
      name,
      format: topic.format,
      schema: chosen(topic, stream),
      newest: topic.newest,
      chosen: (schema) => chosen({ schema }, stream),
      layout: request.layout,
      lines: stream.lines === true && request.layout === 'text' && topic.format.format !== 'debezium-json',
      maxRowBytes: request.maxRowBytes,
      once: stream.once === true,
      resends: mayResend(topic.format),
      follow: request.follow === true,
      ...this.#keeping(name),
      ...(request.pace === undefined ? {} : { pace: partOf(request.pace, info.partitions) }),
    };
  }
}

function partOf({ rows, bytes }: Pace, partitions: number): Pace {
  return {
    ...(rows === undefined ? {} : { rows: Math.ceil(rows / partitions) }),
    ...(bytes === undefined ? {} : { bytes: Math.ceil(bytes / partitions) }),
  };
}

/** Messages of all partitions as they come; those between two checkpoints of one partition stay together. */
async function* merged(partitions: readonly AsyncIterable<Message>[]): AsyncGenerator<Message, void, undefined> {
  const iterators = partitions.map((one) => one[Symbol.asyncIterator]());
  const next = async (iterator: AsyncIterator<Message>) => {
    const messages: Message[] = [];
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return { iterator, messages, done: true };
      messages.push(value);
      if (value.kind === 'checkpoint') return { iterator, messages, done: false };
    }
  };
  const asked = new Map(iterators.map((iterator) => [iterator, next(iterator)]));
  while (asked.size > 0) {
    const { iterator, messages, done } = await Promise.race(asked.values());
    yield* messages;
    if (done) asked.delete(iterator);
    else asked.set(iterator, next(iterator));
  }
}

/** The first message with a value that is still there. */
async function firstRecord(client: KafkaClient, name: string): Promise<FetchedRecord | undefined> {
  const topic = await client.topic(name);
  for (const [partition, { first, end }] of (await client.offsets(name)).entries()) {
    await using reader = client.reader(topic, partition);
    for (let next = first; next < end; ) {
      const fetched = await reader.fetch(next, -1);
      const found = fetched.records.find(({ value }) => value !== null);
      if (found !== undefined) return found;
      if (fetched.next <= next) break;
      next = fetched.next;
    }
  }
  return undefined;
}

function keyNames(key: AvroRecord | undefined): string[] {
  return key?.fields.map((field) => field.name) ?? [];
}

function topicFindings(topic: KnownTopic, request: StreamRequest): Finding[] {
  const { stream, key } = chosen(topic, request);
  const at = streamText(stream);
  const side = 'source' as const;
  const warning = (code: string, message: string): Finding => ({ severity: 'warning', code, side, at, message });
  if (key === undefined) return [warning('source.unordered', `${at} has no key schema: its rows can only be appended`)];
  const findings: Finding[] = [
    { severity: 'ok', code: 'topic', side, message: `${at} is ${topic.format.format}, keyed by ${key.join(', ')}` },
  ];
  if (mayResend(topic.format)) findings.push(...orderFindings(topic, request, warning));
  return findings;
}

/** What a change that is sent again may do to the target. */
function orderFindings(
  { format, newest, schema }: KnownTopic,
  { once }: StreamRequest,
  warning: (code: string, message: string) => Finding,
): Finding[] {
  const at = streamText(schema.stream);
  if (once) return [warning('source.resends', `${at} may bring a change again: it is appended again then`)];
  if (format.format !== 'ticdc') return [];
  const has = (name: string) => newest?.avro.fields.some((field) => field.name === name) === true;
  if (has('_tidb_commit_ts') && has('_ticdc_before')) return [];
  const what = has('_tidb_commit_ts') ? 'deletes' : 'changes';
  const message = `${what} of ${at} carry no order: after a restart of TiCDC the target converges, and may go back for a while before`;
  return [warning('source.unordered', message)];
}

/** The columns that are asked for; the key's always. Throws `config.invalid` for what a topic cannot be asked. */
function chosen({ schema }: Pick<KnownTopic, 'schema'>, request: StreamRequest): StreamSchema {
  const at = streamText(schema.stream);
  for (const option of ['where', 'protect', 'takeAs'] as const) {
    if (request[option] === undefined) continue;
    throw millraceError('config.invalid', `${at}: \`${option}\` is not for topics`, { at, fix: 'Leave it out.' });
  }
  const { columns, exclude } = request;
  const isMeant = (name: string) =>
    schema.key?.includes(name) || ((columns?.includes(name) ?? true) && !(exclude?.includes(name) ?? false));
  return { ...schema, stream: request.stream, columns: schema.columns.filter(({ name }) => isMeant(name)) };
}
