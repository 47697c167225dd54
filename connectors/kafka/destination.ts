import { randomUUID } from 'node:crypto';
import {
  type Capabilities,
  type Destination,
  type DestinationContext,
  type Finding,
  fullReadOf,
  type Identity,
  type LaneId,
  MillraceError,
  millraceError,
  noCounts,
  noPositions,
  type OpenLane,
  type Position,
  type Positions,
  type RejectGate,
  requireCurrent,
  type StreamName,
  type StreamSchema,
  streamText,
  type Target,
  type TargetPlan,
} from '../contract/index.ts';
import type { KafkaClient, TransactionalProducer } from './client.ts';
import { clusterAt, type KafkaConfig } from './config.ts';
import { lanesOf, positionsOf, requireSame, streamsOf } from './lane-state.ts';
import { LaneWriter } from './lane-writer.ts';
import type { SchemaRegistry } from './registry.ts';
import { lackingFindings, writingRights } from './rights.ts';
import {
  BEING_MADE,
  FORMAT,
  type LaneRecord,
  laneKey,
  type StateChange,
  type StateRecord,
  StateTopic,
  type StreamRecord,
  stateSet,
  streamKey,
  type TopicRecord,
  topicKey,
  topicsOf,
} from './state-topic.ts';
import { isTopicName, planTopic, type TopicPlan, topicName } from './topic-plan.ts';
import type { Frames, OpenTopic } from './topic-rows.ts';
import { emptyTopic, markUnread } from './unread-marks.ts';
import { frame, subjectsOf, wireStream } from './wire-schema.ts';

export interface KafkaDestinationOptions {
  readonly config: KafkaConfig;
  readonly open: () => Promise<KafkaClient>;
  readonly registry: SchemaRegistry;
  readonly context: DestinationContext;
}

/** For callers that do not stop. */
const unending = new AbortController().signal;

interface Opened {
  readonly client: KafkaClient;
  readonly state: StateTopic;
}

/** Rows as Avro records, one topic a target. Rows and position are one transaction, and who holds a lane is the owner of its transactional id. */
export class KafkaDestination implements Destination {
  readonly can: Capabilities = {
    layout: 'typed',
    writeModes: ['upsert', 'append'],
    unable: {
      overwrite: 'a topic cannot be swapped for another, its readers would stay in the old one',
      soft_delete: 'a record without a value is what says that a row is gone',
      history: 'a topic is the history of its rows: choose `append`',
    },
    commitBytes: 16 * 1024 * 1024,
    commitRows: 100_000,
    commitSeconds: 10,
    lanes: 8,
    home: 'main',
  };
  readonly #options: KafkaDestinationOptions;
  #opened: Promise<Opened> | undefined;
  /** Lanes that another process took: they are not taken back. */
  readonly #lost = new Set<LaneId>();
  readonly #limits = new Map<string, Promise<number>>();

  constructor(options: KafkaDestinationOptions) {
    this.#options = options;
  }

  async identity(): Promise<Identity> {
    return `kafka:${await (await this.#open()).client.cluster()}`;
  }

  async check(targets: readonly Target[]): Promise<Finding[]> {
    const { config } = this.#options;
    const at = clusterAt(config);
    try {
      const { client, state } = await this.#open();
      await client.cluster();
      const findings: Finding[] = [
        { severity: 'ok', code: 'connect', side: 'destination', message: `${at} answers` },
        {
          severity: 'ok',
          code: 'isolation',
          side: 'destination',
          message: 'readers must set isolation.level=read_committed: others see rows that were rolled back',
        },
      ];
      const names = targets.map(({ table }) => topicName(config, table)).filter(isTopicName);
      const lacking = await client.lacking(writingRights(this.#pipeline, names));
      // What is refused cannot be looked at: the rest is told when it is granted.
      if (lacking.length > 0) return [...findings, ...lackingFindings(config, 'destination', lacking)];
      const now = await state.look();
      for (const target of targets) findings.push(...(await planTopic(await this.#look(), target, 0, now)).refused);
      return findings;
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      const { code, message, fix } = thrown;
      return [{ severity: 'error', code, side: 'destination', message, fix, at }];
    }
  }

  async positions(): Promise<Positions> {
    const { state } = await this.#open();
    const now = await state.look();
    return now.size === 0 ? noPositions : positionsOf(now, this.#pipeline);
  }

  async plan(target: Target, generation: number | undefined): Promise<TargetPlan> {
    const { state } = await this.#open();
    return await planTopic(await this.#look(), target, generation, await state.look());
  }

  async apply(plan: TargetPlan): Promise<void> {
    const { target, generation, wanted, seen, subjects } = plan as TopicPlan;
    const { client, state } = await this.#open();
    const { registry, config } = this.#options;
    const now = await planTopic(await this.#look(), target, generation, await state.look());
    if (now.seen !== seen && (now.actions.length > 0 || now.refused.length > 0)) {
      const at = streamText(target.table);
      throw millraceError('schema.moved', `topic ${wanted.name} is no longer what the plan was made for`, { at });
    }
    await state.create(config.topics.replicas);
    for (const { name, avro } of subjects) await registry.register(name, avro);
    await this.#claimTopic(target, wanted);
    await client.create(wanted);
    const { id, partitions } = await client.topic(wanted.name);
    const from = (await client.ends(wanted.name)).map(String);
    await this.#change((records) => [
      ...this.#ownTopic(records, target, wanted.name, id, partitions),
      ...this.#beginRead(records, target, generation, from),
    ]);
    await this.#endReads(target, generation);
  }

  async open(
    lane: LaneId,
    targets: readonly Target[],
    source: Identity,
    gate: RejectGate,
    signal: AbortSignal = unending,
  ): Promise<OpenLane> {
    if (this.#lost.has(lane))
      throw millraceError('lane.fenced', `another runner has opened lane ${lane}`, { at: lane });
    const { client, state } = await this.#open();
    await state.create(this.#options.config.topics.replicas);
    const producer = await client.producer(this.#fenceOf(lane), this.#timeoutMs);
    try {
      const key = laneKey(this.#pipeline, lane);
      const records = await state.look();
      const found = records.get(key) as LaneRecord | undefined;
      if (found !== undefined) requireSame(lane, source, found);
      const record = { ...this.#laneRecord(found, targets), source, owner: randomUUID() };
      await producer.send([stateSet([[key, record]])]);
      await producer.commit();
      await this.#requireOpen(lane, targets, producer);
      const topics = new Map<string, OpenTopic>();
      for (const target of targets) topics.set(streamText(target.source.stream), await this.#topic(target, records));
      const isLost = () => this.#isLost(lane, record.owner);
      const empty = (topic: OpenTopic, schema: StreamSchema) => emptyTopic(client, producer, topic, schema, signal);
      const writer = new LaneWriter({ pipeline: this.#pipeline, lane, record, producer, topics, gate, isLost, empty });
      return { writer, after: record.position, ended: record.ended };
    } catch (thrown) {
      await producer.end();
      throw thrown;
    }
  }

  release(lane: LaneId): void {
    this.#lost.delete(lane);
  }

  async finish(target: Target, generation: number): Promise<void> {
    const stream = streamText(target.source.stream);
    const key = streamKey(this.#pipeline, stream);
    await this.#change((records) => {
      const record = records.get(key) as StreamRecord | undefined;
      if (record?.generation !== generation || record.phase === 'done') return [];
      const lanes = lanesOf(records, this.#pipeline, (lane) => lane.startsWith(`full/${generation}/${stream}/`));
      return [
        ...lanes.map((lane): StateChange => [laneKey(this.#pipeline, lane), undefined]),
        [key, { kind: 'stream', generation, phase: 'done' }],
      ];
    });
  }

  /**
   * Marks as deleted what a full read did not bring. Under the pipeline's fence from before the look on: no other process can end the read, and
   * begin to bring changes, while keys are looked for. A read that rejected rows removes nothing: theirs are among what did not come.
   */
  async removeUnread(target: Target, generation: number, signal: AbortSignal): Promise<number> {
    const { client, state } = await this.#open();
    const stream = streamText(target.source.stream);
    if (target.constant !== undefined || target.source.key === undefined) return 0;
    return await state.under(`millrace.${this.#pipeline}`, this.#timeoutMs, async (producer, records) => {
      const record = records.get(streamKey(this.#pipeline, stream)) as StreamRecord | undefined;
      const isOurs = record?.generation === generation && record.phase !== 'done';
      if (!isOurs || record.from === undefined || this.#hasRejects(records, stream, generation)) return 0;
      const { name, frames } = await this.#topic(target, records);
      const { key: frame } = await frames(target.source);
      return await markUnread(client, producer, await client.topic(name), { from: record.from, frame: frame!, signal });
    });
  }

  #hasRejects(records: ReadonlyMap<string, StateRecord>, stream: string, generation: number): boolean {
    const own = `full/${generation}/${stream}/`;
    return (
      lanesOf(records, this.#pipeline, (lane, { counts }) => lane.startsWith(own) && counts.rejected > 0).length > 0
    );
  }

  async setPosition(lane: LaneId, position: Position | undefined): Promise<void> {
    const { state } = await this.#open();
    await state.create(this.#options.config.topics.replicas);
    const key = laneKey(this.#pipeline, lane);
    await state.change(this.#fenceOf(lane), this.#timeoutMs, (records) => {
      if (position === undefined) return records.has(key) ? [[key, undefined]] : [];
      const found = records.get(key) as LaneRecord | undefined;
      const committedAt = new Date().toISOString();
      return [[key, { ...this.#laneRecord(found, []), position, ended: false, owner: randomUUID(), committedAt }]];
    });
  }

  async reset(stream: StreamName | undefined): Promise<void> {
    const { state } = await this.#open();
    const now = await state.look();
    const name = stream === undefined ? undefined : streamText(stream);
    const lanes = lanesOf(now, this.#pipeline, (lane, { streams }) => {
      return name === undefined || streams.includes(name) || lane.replace(/^full\/\d+\//, '').startsWith(`${name}/`);
    });
    for (const lane of lanes) await this.setPosition(lane, undefined);
    await this.#change((records) =>
      streamsOf(records, this.#pipeline)
        .filter((own) => name === undefined || own === name)
        .map((own) => streamKey(this.#pipeline, own))
        .map((key): StateChange => {
          // Ended, not forgotten: the next read has another number, and other lanes than whoever is still at this one (invariant 5).
          const { generation } = records.get(key) as StreamRecord;
          return [key, { kind: 'stream', generation, phase: 'done' }];
        }),
    );
  }

  async forget(): Promise<void> {
    await this.reset(undefined);
    await this.#change((records) => [
      ...[...topicsOf(records, this.#pipeline).keys()].map((name): StateChange => [topicKey(name), undefined]),
      ...streamsOf(records, this.#pipeline).map((own): StateChange => [streamKey(this.#pipeline, own), undefined]),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opened)?.client[Symbol.asyncDispose]();
  }

  get #pipeline(): string {
    return this.#options.context.pipeline;
  }

  get #timeoutMs(): number {
    return this.#options.config.transaction_seconds * 1000;
  }

  /** Stable, so that a lane that is opened again rolls back what a killed process left open. */
  #fenceOf(lane: LaneId): string {
    return `millrace.${this.#pipeline}.${lane}`;
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#options.open().then((client) => ({ client, state: new StateTopic(client) }));
    return this.#opened;
  }

  async #look() {
    const { registry, config } = this.#options;
    return { client: (await this.#open()).client, registry, config, pipeline: this.#pipeline };
  }

  /** What is not of one lane changes under one fence of the pipeline: of two that change it at once, one has to begin again. */
  async #change(changes: (now: ReadonlyMap<string, StateRecord>) => readonly StateChange[]): Promise<void> {
    const { state } = await this.#open();
    await state.create(this.#options.config.topics.replicas);
    try {
      await state.change(`millrace.${this.#pipeline}`, this.#timeoutMs, changes);
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.code !== 'lane.fenced' || thrown.at === this.#pipeline)
        throw thrown;
      throw millraceError('kafka.refused', `another process changed the state at the same time: ${thrown.message}`, {
        at: this.#pipeline,
        cause: thrown,
      });
    }
  }

  /** A topic that is not there yet is this pipeline's from before it is made on: a crash in between leaves nobody's behind. */
  async #claimTopic(target: Target, { name, partitions }: TopicPlan['wanted']): Promise<void> {
    const { client } = await this.#open();
    if ((await client.find(name)) !== undefined) return;
    const { stream } = target.source;
    const claim = { kind: 'topic', pipeline: this.#pipeline, stream, id: BEING_MADE, partitions } as const;
    await this.#change(() => [[topicKey(name), claim]]);
  }

  #ownTopic(
    records: ReadonlyMap<string, StateRecord>,
    target: Target,
    name: string,
    id: string,
    partitions: number,
  ): StateChange[] {
    const key = topicKey(name);
    const found = records.get(key) as TopicRecord | undefined;
    if (found?.id === id && (found.pipeline === this.#pipeline || target.constant !== undefined)) return [];
    const { stream } = target.source;
    return [[key, { kind: 'topic', pipeline: this.#pipeline, stream, id, partitions }]];
  }

  /** Looked at once the lane's record is there: a read that begins later than this look finds it, and ends it. One that is over leaves none behind. */
  async #requireOpen(lane: LaneId, targets: readonly Target[], producer: TransactionalProducer): Promise<void> {
    const read = fullReadOf(lane);
    if (read === undefined) return;
    const records = await (await this.#open()).state.look();
    const found = records.get(streamKey(this.#pipeline, read.stream)) as StreamRecord | undefined;
    try {
      requireCurrent(lane, found, targets.length > 0);
    } catch (thrown) {
      await producer.send([stateSet([[laneKey(this.#pipeline, lane), undefined]])]);
      await producer.commit();
      throw thrown;
    }
  }

  /** Invariant 5: who is still at an older read, frozen perhaps, can bring nothing of it any more once this one has begun. Each time, as a crash may have come in between. */
  async #endReads(target: Target, generation: number | undefined): Promise<void> {
    if (generation === undefined) return;
    const stream = streamText(target.source.stream);
    const isOlder = (lane: LaneId) => {
      const read = fullReadOf(lane);
      return read?.stream === stream && read.generation < generation;
    };
    const records = await (await this.#open()).state.look();
    for (const lane of lanesOf(records, this.#pipeline, isOlder)) await this.setPosition(lane, undefined);
  }

  #beginRead(
    records: ReadonlyMap<string, StateRecord>,
    target: Target,
    generation: number | undefined,
    from: readonly string[],
  ): StateChange[] {
    if (generation === undefined) return [];
    const stream = streamText(target.source.stream);
    const key = streamKey(this.#pipeline, stream);
    const found = records.get(key) as StreamRecord | undefined;
    if (found?.generation === generation && found.phase !== 'done') return [];
    if (found !== undefined && found.generation >= generation) {
      const what = `full read ${generation} of ${stream} is over: another runner has done it`;
      throw millraceError('lane.fenced', what, { at: this.#pipeline });
    }
    return [[key, { kind: 'stream', generation, phase: 'building', from }]];
  }

  #laneRecord(found: LaneRecord | undefined, targets: readonly Target[]): LaneRecord {
    const streams = targets.map((target) => streamText(target.source.stream));
    return {
      kind: 'lane',
      format: FORMAT,
      pipelineName: this.#options.context.pipelineName,
      source: found?.source ?? '',
      streams: targets.length === 0 ? (found?.streams ?? []) : streams,
      owner: '',
      position: found?.position,
      ended: found?.ended ?? false,
      counts: found?.counts ?? noCounts,
      committedAt: found?.committedAt ?? '',
    };
  }

  async #topic(target: Target, records: ReadonlyMap<string, StateRecord>): Promise<OpenTopic> {
    const name = topicName(this.#options.config, target.table);
    const own = records.get(topicKey(name)) as TopicRecord | undefined;
    const { client } = await this.#open();
    const { id, partitions } = await client.topic(name);
    if (own !== undefined && own.id !== BEING_MADE && own.id !== id) {
      throw millraceError('schema.moved', `topic ${name} was deleted and made again`, { at: name });
    }
    const limit = this.#limits.get(id) ?? client.settings(name).then(maxBytes);
    this.#limits.set(id, limit);
    return {
      name,
      target,
      partitions: own?.partitions ?? partitions,
      maxBytes: await limit,
      frames: (schema) => this.#frames(name, schema, target),
    };
  }

  async #frames(topic: string, schema: StreamSchema, target: Target): Promise<Frames> {
    const { registry } = this.#options;
    const { key, value } = subjectsOf(topic, wireStream(schema, target));
    const own = frame(await registry.register(value.name, value.avro));
    return key === undefined ? { value: own } : { value: own, key: frame(await registry.register(key.name, key.avro)) };
  }

  async #isLost(lane: LaneId, owner: string): Promise<boolean> {
    const record = (await (await this.#open()).state.look()).get(laneKey(this.#pipeline, lane)) as
      | LaneRecord
      | undefined;
    if (record?.owner === owner) return false;
    this.#lost.add(lane);
    return true;
  }
}

/** Kafka's own default where the broker does not say. */
function maxBytes(settings: ReadonlyMap<string, string>): number {
  return Number(settings.get('max.message.bytes') ?? 1_048_588);
}
