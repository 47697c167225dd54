import {
  addCounts,
  type Batch,
  type CommitReport,
  type Counts,
  type LaneId,
  MillraceError,
  millraceError,
  noCounts,
  OP,
  type PipelineId,
  type Position,
  type Reject,
  type RejectGate,
  requireReconciled,
  type StreamSchema,
  slabRows,
  streamText,
  type Writer,
} from '../contract/index.ts';
import type { RecordSet, TransactionalProducer } from './client.ts';
import { RecordSetBuilder, wholePart } from './record-set.ts';
import { type LaneRecord, laneKey, REJECTS_TOPIC, stateSet } from './state-topic.ts';
import { type OpenTopic, TopicRows } from './topic-rows.ts';

/** Requests that are not yet acknowledged; more wait. A broker keeps the order of up to five. */
const IN_FLIGHT = 3;
/** Rejected rows are sent on when they have so many bytes. */
const REJECT_BYTES = 512 * 1024;

/** A lane that was opened. */
export interface LaneHold {
  readonly pipeline: PipelineId;
  readonly lane: LaneId;
  /** As it was put when the lane was opened. */
  readonly record: LaneRecord;
  readonly producer: TransactionalProducer;
  readonly topics: ReadonlyMap<string, OpenTopic>;
  readonly gate: RejectGate;
  /** Whether another has opened the lane since. Its fence also falls when a transaction takes too long. */
  readonly isLost: () => Promise<boolean>;
  /** Marks every key of a topic as deleted, in transactions of their own. */
  readonly empty: (topic: OpenTopic, schema: StreamSchema) => Promise<void>;
}

/** The open transaction of one lane. Rows, rejects and position are one transaction of Kafka (invariant 1). */
export class LaneWriter implements Writer {
  readonly #hold: LaneHold;
  readonly #rows = new Map<string, TopicRows>();
  readonly #rejects = new RecordSetBuilder(REJECTS_TOPIC, 0);
  readonly #sending: Promise<void>[] = [];
  #failed: unknown;
  #record: LaneRecord;
  #streams = new Map<string, Counts>();
  /** Rows handed over since the last commit. */
  #taken = 0;
  #acknowledged = 0;
  #bytes = 0;

  constructor(hold: LaneHold) {
    this.#hold = hold;
    this.#record = hold.record;
  }

  async write(batch: Batch): Promise<void> {
    const stream = streamText(batch.schema.stream);
    if (batch.ops?.includes(OP.truncate)) return await this.#empty(stream, batch);
    const rejects = batch.rejects ?? [];
    this.#taken += slabRows(batch.rows) + rejects.length;
    for (const reject of rejects) this.#reject(stream, reject);
    let refused = 0;
    const full: RecordSet[] = [];
    const rows = this.#topicRows(stream);
    const refuse = (reject: Reject) => {
      refused += 1;
      this.#reject(stream, reject);
    };
    for await (const set of rows.add(batch, refuse)) full.push(set);
    const sets = [...full, ...rows.rest()];
    const written = slabRows(batch.rows) - refused;
    // What is sent was copied out of the batch.
    batch.release?.();
    this.#count(stream, { ...noCounts, read: written, written });
    await this.#send(sets);
    if (this.#rejects.bytes >= REJECT_BYTES) await this.#send([this.#rejects.take()]);
  }

  async commit(position: Position, ended: boolean): Promise<CommitReport> {
    const { lane } = this.#hold;
    if (this.#rejects.count > 0) await this.#send([this.#rejects.take()]);
    await this.#settle();
    this.#requireAcknowledged();
    requireReconciled(lane, this.#taken, this.#streams);
    const counts = [...this.#streams.values()].reduce(addCounts, this.#record.counts);
    const record = { ...this.#record, position, ended, counts, committedAt: new Date().toISOString() };
    await this.#committed(record);
    const report = { streams: this.#streams, bytes: this.#bytes };
    this.#record = record;
    this.#streams = new Map();
    this.#taken = 0;
    this.#acknowledged = 0;
    this.#bytes = 0;
    return report;
  }

  async abort(): Promise<void> {
    await Promise.allSettled(this.#sending);
    await this.#hold.producer.end();
  }

  async close(): Promise<void> {
    await this.abort();
  }

  /** It comes alone: all before it is committed, and can be seen by who looks for keys. Begun again it goes on with the keys that are left. */
  async #empty(stream: string, batch: Batch): Promise<void> {
    this.#taken += slabRows(batch.rows);
    await this.#hold.empty(this.#topicRows(stream).topic, batch.schema);
    this.#acknowledged += slabRows(batch.rows);
    this.#count(stream, { ...noCounts, read: slabRows(batch.rows), written: slabRows(batch.rows) });
  }

  async #committed(record: LaneRecord): Promise<void> {
    const { producer, pipeline, lane } = this.#hold;
    try {
      await producer.send([stateSet([[laneKey(pipeline, lane), record]])]);
      await producer.commit();
    } catch (thrown) {
      throw await this.#whyFenced(thrown);
    }
  }

  #topicRows(stream: string): TopicRows {
    const known = this.#rows.get(stream);
    if (known !== undefined) return known;
    const topic = this.#hold.topics.get(stream);
    if (topic === undefined) {
      throw millraceError('internal.unexpected', `lane ${this.#hold.lane} carries ${stream}, which has no target`);
    }
    const rows = new TopicRows(topic);
    this.#rows.set(stream, rows);
    return rows;
  }

  /** One request takes one set of a partition. Comes back while some are not yet acknowledged. */
  async #send(sets: readonly RecordSet[]): Promise<void> {
    for (const request of requests(sets)) {
      while (this.#sending.length >= IN_FLIGHT) await this.#first();
      const sent = this.#hold.producer.send(request).then(() => this.#acknowledge(request));
      sent.catch(() => undefined);
      this.#sending.push(sent);
    }
  }

  #acknowledge(request: readonly RecordSet[]): void {
    for (const { count, bytes, topic } of request) {
      this.#bytes += bytes.length;
      if (topic !== REJECTS_TOPIC) this.#acknowledged += count;
    }
  }

  async #settle(): Promise<void> {
    while (this.#sending.length > 0) await this.#first();
  }

  async #first(): Promise<void> {
    try {
      await this.#sending.shift();
    } catch (thrown) {
      this.#failed ??= await this.#whyFenced(thrown);
    }
    if (this.#failed !== undefined) throw this.#failed;
  }

  /** Invariant 4: what is counted as written was acknowledged. */
  #requireAcknowledged(): void {
    const written = [...this.#streams.values()].reduce((sum, counts) => sum + counts.written, 0);
    if (written === this.#acknowledged) return;
    const { lane } = this.#hold;
    throw millraceError(
      'reconcile.mismatch',
      `lane ${lane}: ${written} rows sent, ${this.#acknowledged} acknowledged`,
      {
        at: lane,
      },
    );
  }

  /** A fence that fell while nobody has opened the lane: the broker ended the transaction for its time. */
  async #whyFenced(thrown: unknown): Promise<unknown> {
    if (!(thrown instanceof MillraceError) || thrown.code !== 'lane.fenced') return thrown;
    const { lane, isLost } = this.#hold;
    if (await isLost()) return millraceError('lane.fenced', `another runner has opened lane ${lane}`, { at: lane });
    return millraceError('load.too-large', `lane ${lane}: the broker ended the transaction: ${thrown.message}`, {
      at: lane,
      cause: thrown,
      fix: 'Nothing if the run goes on by itself with smaller transactions; else raise `transaction_seconds`.',
    });
  }

  #reject(stream: string, reject: Reject): void {
    this.#hold.gate(reject);
    const { pipeline, lane, record } = this.#hold;
    const kept = { pipeline, pipelineName: record.pipelineName, lane, ...reject, at: new Date().toISOString() };
    this.#rejects.add(undefined, wholePart(Buffer.from(JSON.stringify(kept))), []);
    this.#count(stream, { ...noCounts, read: 1, rejected: 1 });
  }

  #count(stream: string, counts: Counts): void {
    this.#streams.set(stream, addCounts(this.#streams.get(stream) ?? noCounts, counts));
  }
}

/** Sets in the order they came, so many together as have different partitions. */
function* requests(sets: readonly RecordSet[]): Generator<readonly RecordSet[]> {
  let request: RecordSet[] = [];
  for (const set of sets) {
    if (request.some((one) => one.topic === set.topic && one.partition === set.partition)) {
      yield request;
      request = [];
    }
    request.push(set);
  }
  if (request.length > 0) yield request;
}
