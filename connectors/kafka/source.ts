import {
  type Finding,
  type Group,
  type Identity,
  matchesStream,
  millraceError,
  type PipelineId,
  type Positions,
  type ReadRequest,
  type Source,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import type { KafkaClient, OffsetRange } from './client.ts';
import { partitionLane, type TopicRead } from './partition-read.ts';
import type { SchemaRegistry } from './registry.ts';
import { Share } from './share.ts';
import { topicSchema } from './topic-schema.ts';

export interface KafkaSourceOptions {
  /** Makes the client, when it is needed. */
  readonly open: () => Promise<KafkaClient>;
  readonly registry: SchemaRegistry;
  /** Processes that read for the same pipeline share partitions; absent: one process reads all. */
  readonly pipeline?: PipelineId;
}

/** Topics of Avro records as streams. A record's key finds the row; a record without a value is a delete. */
export class KafkaSource implements Source {
  readonly modes = ['cdc'] as const;
  readonly #open: () => Promise<KafkaClient>;
  #client: Promise<KafkaClient> | undefined;
  readonly #registry: SchemaRegistry;
  readonly #pipeline: PipelineId | undefined;

  constructor({ open, registry, pipeline }: KafkaSourceOptions) {
    this.#open = open;
    this.#registry = registry;
    this.#pipeline = pipeline;
  }

  async identity(): Promise<Identity> {
    return `kafka:${await (await this.#opened()).cluster()}`;
  }

  async check(request: ReadRequest, signal: AbortSignal): Promise<Finding[]> {
    const schemas = await this.schemas(request, signal);
    return schemas.map(({ stream, key }) => {
      const at = streamText(stream);
      if (key !== undefined)
        return { severity: 'ok', code: 'topic', side: 'source', message: `${at} is keyed by ${key.join(', ')}` };
      return {
        severity: 'warning',
        code: 'source.unordered',
        side: 'source',
        at,
        message: `${at} has no key schema: its rows can only be appended`,
      };
    });
  }

  async discover(patterns: readonly string[]): Promise<StreamSchema[]> {
    const names = (await (await this.#opened()).topicNames()).filter((name) => !name.startsWith('__'));
    const meant = names.filter((name) => patterns.some((pattern) => matchesStream(pattern, { namespace: '', name })));
    const found = await Promise.all(meant.map((name) => this.#schema(name)));
    return found.filter((schema) => schema !== undefined);
  }

  async schemas({ streams }: ReadRequest, _signal: AbortSignal): Promise<StreamSchema[]> {
    const found: StreamSchema[] = [];
    for (const request of streams) found.push(chosen(await this.#known(request.stream.name), request));
    return found;
  }

  async groups(request: ReadRequest, _committed: Positions, signal: AbortSignal): Promise<Group[]> {
    const schemas = await this.schemas(request, signal);
    return request.streams.map((stream, i) => this.#group(stream, schemas[i]!, request));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#client)?.[Symbol.asyncDispose]();
  }

  #opened(): Promise<KafkaClient> {
    this.#client ??= this.#open();
    return this.#client;
  }

  /** Undefined for topics that no schema is registered of. */
  async #schema(name: string): Promise<StreamSchema | undefined> {
    const value = await this.#registry.latest(name, 'value');
    const key = await this.#registry.latest(name, 'key');
    return value === undefined ? undefined : topicSchema(name, value.avro, key?.avro);
  }

  async #known(name: string): Promise<StreamSchema> {
    const schema = await this.#schema(name);
    if (schema !== undefined) return schema;
    throw millraceError('source.stream-missing', `no schema of topic ${name} is registered`, { at: name });
  }

  #group(stream: StreamRequest, schema: StreamSchema, { layout, maxRowBytes }: ReadRequest): Group {
    const self = this;
    return {
      streams: [stream.stream],
      async *stages() {
        const client = await self.#opened();
        const read: TopicRead = {
          client,
          registry: self.#registry,
          cluster: await client.cluster(),
          topic: await client.topic(stream.stream.name),
          schema,
          chosen: (newer) => chosen(newer, stream),
          layout,
          maxRowBytes,
          once: stream.once === true,
        };
        const ranges = await client.offsets(stream.stream.name);
        const streams = [{ schema }];
        if (self.#pipeline === undefined || stream.mode !== 'cdc') {
          yield { lanes: ranges.map((range, partition) => partitionLane(read, partition, range)), streams };
          return;
        }
        const share = new Share((partition, revoked) =>
          partitionLane(read, partition, ranges[partition] ?? nothing, revoked),
        );
        const group = `millrace.${self.#pipeline}.${stream.stream.name}`;
        await using _member = await client.join(group, stream.stream.name, (mine) => share.assign(mine));
        yield { lanes: [], arriving: share, streams };
      },
    };
  }
}

/** Of a partition that came after the look: the next run reads it. */
const nothing: OffsetRange = { first: 0n, end: 0n };

/** The columns that are asked for; the key's always. Throws `config.invalid` for what a topic cannot be asked. */
function chosen(schema: StreamSchema, request: StreamRequest): StreamSchema {
  const at = streamText(schema.stream);
  for (const option of ['where', 'protect', 'takeAs'] as const) {
    if (request[option] === undefined) continue;
    throw millraceError('config.invalid', `${at}: \`${option}\` is not for topics`, { at, fix: 'Leave it out.' });
  }
  const { columns, exclude } = request;
  const isMeant = (name: string) =>
    schema.key?.includes(name) || ((columns?.includes(name) ?? true) && !(exclude?.includes(name) ?? false));
  return { ...schema, columns: schema.columns.filter(({ name }) => isMeant(name)) };
}
