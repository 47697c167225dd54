import type { Counts, Identity, LaneId, Phase, PipelineId, StreamName } from '../contract/index.ts';
import type { KafkaClient, RecordSet, TopicInfo, TransactionalProducer } from './client.ts';
import { RecordSetBuilder, wholePart } from './record-set.ts';

/** Positions and what belongs to them, of all pipelines that write into the cluster. */
export const STATE_TOPIC = '_millrace_state';
/** Rows that were rejected, as JSON. */
export const REJECTS_TOPIC = '_millrace_rejects';
/** Of the form of the records; a later one is not written to. */
export const FORMAT = 1;

/** A lane as it was opened or committed last. */
export interface LaneRecord {
  readonly kind: 'lane';
  readonly format: number;
  readonly pipelineName: string;
  readonly source: Identity;
  /** `streamText`s of what it carries. */
  readonly streams: readonly string[];
  /** Who opened it last: another text each time. */
  readonly owner: string;
  readonly position: string | undefined;
  readonly ended: boolean;
  readonly counts: Counts;
  readonly committedAt: string;
}

/** How far the full read of a stream is. */
export interface StreamRecord {
  readonly kind: 'stream';
  readonly generation: number;
  readonly phase: Phase;
  /** Where each partition ended when the read began: what has no record since did not come in it. */
  readonly from?: readonly string[];
}

/** Whose a topic is. */
export interface TopicRecord {
  readonly kind: 'topic';
  readonly pipeline: PipelineId;
  readonly stream: StreamName;
  /** Of the topic that was made: one of the same name with another id is another one. `BEING_MADE` before it is known. */
  readonly id: string;
  /** Keys are spread over so many, also when the topic has more later: else a key's changes would lie in two partitions. */
  readonly partitions: number;
}

/** Kept before a topic is made, so that after a crash in between it is known whose it is. */
export const BEING_MADE = '';

export type StateRecord = LaneRecord | StreamRecord | TopicRecord;

export const laneKey = (pipeline: PipelineId, lane: LaneId): string => JSON.stringify(['lane', pipeline, lane]);
export const streamKey = (pipeline: PipelineId, stream: string): string => JSON.stringify(['stream', pipeline, stream]);
export const topicKey = (topic: string): string => JSON.stringify(['topic', topic]);

const OWN_TOPICS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // A row that is too large for its topic must find room here, as JSON.
  [REJECTS_TOPIC]: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'max.message.bytes': '67108864' },
  [STATE_TOPIC]: { 'cleanup.policy': 'compact' },
};

/** The topics that a pipeline writes, by name. */
export function topicsOf(records: ReadonlyMap<string, StateRecord>, pipeline: PipelineId): Map<string, TopicRecord> {
  const own = [...records].filter(
    (entry): entry is [string, TopicRecord] => entry[1].kind === 'topic' && entry[1].pipeline === pipeline,
  );
  return new Map(own.map(([key, record]) => [(JSON.parse(key) as [string, string])[1], record]));
}

/** What is put under a key; undefined: it is forgotten. */
export type StateChange = readonly [key: string, record: StateRecord | undefined];

type Changes = (now: ReadonlyMap<string, StateRecord>) => readonly StateChange[];
type Work<T> = (producer: TransactionalProducer, now: ReadonlyMap<string, StateRecord>) => Promise<T>;

/** The compacted topic of positions. Read to its end each time, from where the last look ended. */
export class StateTopic {
  readonly #client: KafkaClient;
  #topic: TopicInfo | undefined;
  #next = 0n;
  #created: Promise<void> | undefined;
  readonly #records = new Map<string, StateRecord>();
  /** Looks come one after the other: else an older one puts back what a newer one has read. */
  readonly #looks = new Turn();
  /** Changes too: they have one fence, and would fence off each other. */
  readonly #changes = new Turn();

  constructor(client: KafkaClient) {
    this.#client = client;
  }

  /** All that is committed now. Makes nothing: without the topic there is nothing. */
  look(): Promise<ReadonlyMap<string, StateRecord>> {
    return this.#looks.take(() => this.#look());
  }

  async #look(): Promise<ReadonlyMap<string, StateRecord>> {
    this.#topic ??= await this.#client.find(STATE_TOPIC);
    if (this.#topic === undefined) return new Map();
    const { records, next, beyond } = await this.#client.settled(this.#topic, 0, this.#next);
    for (const record of records) put(this.#records, record);
    this.#next = next;
    const now = new Map(this.#records);
    for (const record of beyond) put(now, record);
    return now;
  }

  /** Makes the topic, and that of rejects. One partition: a look is then one read. */
  create(replicas: number | undefined): Promise<void> {
    this.#created ??= this.#create(replicas);
    this.#created.catch(() => {
      this.#created = undefined;
    });
    return this.#created;
  }

  async #create(replicas: number | undefined): Promise<void> {
    for (const [name, settings] of Object.entries(OWN_TOPICS)) {
      if ((await this.#client.find(name)) === undefined) {
        await this.#client.create({ name, partitions: 1, replicas, settings });
      }
    }
  }

  /** Changes in a transaction of their own, under the fence of `id`. */
  change(id: string, timeoutMs: number, changes: Changes): Promise<void> {
    return this.under(id, timeoutMs, async (producer, now) => {
      const wanted = changes(now);
      if (wanted.length === 0) return;
      await producer.send([stateSet(wanted)]);
      await producer.commit();
    });
  }

  /** Work under the fence of `id`, with what is committed once it was taken; what is not committed at the end is rolled back. */
  under<T>(id: string, timeoutMs: number, work: Work<T>): Promise<T> {
    return this.#changes.take(async () => {
      const producer = await this.#client.producer(id, timeoutMs);
      try {
        return await work(producer, await this.look());
      } finally {
        await producer.end();
      }
    });
  }
}

/** Work that comes one after the other. */
class Turn {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Changes as records of the state topic. */
export function stateSet(changes: readonly StateChange[]): RecordSet {
  const builder = new RecordSetBuilder(STATE_TOPIC, 0);
  for (const [key, record] of changes) {
    const value = record === undefined ? undefined : wholePart(Buffer.from(JSON.stringify(record)));
    builder.add(wholePart(Buffer.from(key)), value, []);
  }
  return builder.take();
}

function put(records: Map<string, StateRecord>, { key, value }: { key: Buffer | null; value: Buffer | null }): void {
  if (key === null) return;
  if (value === null) records.delete(key.toString());
  else records.set(key.toString(), JSON.parse(value.toString()) as StateRecord);
}
