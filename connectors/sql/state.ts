import {
  type Counts,
  fullReadOf,
  type LaneId,
  type LaneState,
  MillraceError,
  millraceError,
  noPositions,
  type Phase,
  type PipelineId,
  type Position,
  type Positions,
  type Reject,
  requireOpen,
  type StreamName,
  type StreamState,
  streamText,
} from '../contract/index.ts';
import { type Cell, execute, query, rollback } from './query.ts';
import { quoteBytes, quoteTable, quoteText } from './quote.ts';
import type { Session } from './session.ts';
import { createDatabaseSql, createStateSql, STATE_FORMAT, type StateTableName } from './state-ddl.ts';
import { hashLiteral, pipelineLiteral } from './state-key.ts';

/** A stream's row: its full read and the table that this pipeline made or took over for it. */
export interface StreamRow extends StreamState {
  readonly table: StreamName;
}

const countColumns: readonly [keyof Counts, string][] = [
  ['read', 'rows_read'],
  ['written', 'rows_written'],
  ['superseded', 'rows_superseded'],
  ['alreadyApplied', 'rows_already_applied'],
  ['rejected', 'rows_rejected'],
];

/** A pipeline's rows in the state tables of one database. Holds no connection: each call takes the session that it is to run in. */
export class StateTable {
  readonly pipeline: PipelineId;
  readonly pipelineName: string;
  readonly #key: string;
  readonly #database: string;

  constructor(database: string, pipeline: PipelineId, pipelineName: string) {
    this.#database = database;
    this.pipeline = pipeline;
    this.pipelineName = pipelineName;
    this.#key = pipelineLiteral(pipeline);
  }

  /** The state's own table, for privileges. */
  get at(): StreamName {
    return { namespace: this.#database, name: '_millrace_state' };
  }

  table(name: StateTableName): string {
    return quoteTable({ namespace: this.#database, name });
  }

  /** The condition that finds a lane's row. */
  laneWhere(lane: LaneId): string {
    return `pipeline = ${this.#key} AND lane_hash = ${hashLiteral(lane)}`;
  }

  /** Makes the database and the tables where they are missing. DDL: commits what is open. */
  async create(session: Session): Promise<void> {
    const [found] = await query(
      session,
      `SELECT COUNT(*) FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = ${quoteText(this.#database)}`,
    );
    if (found![0] === '0') await execute(session, createDatabaseSql(this.#database));
    for (const sql of createStateSql(this.#database)) await execute(session, sql);
  }

  /** All that is committed. Makes nothing; `noPositions` where the tables are not there. */
  async positions(session: Session): Promise<Positions> {
    try {
      const [lanes, streams] = [await this.#lanes(session), await this.#streams(session)];
      return { lanes, streams };
    } catch (thrown) {
      if (thrown instanceof MillraceError && thrown.code === 'database.missing') return noPositions;
      throw thrown;
    }
  }

  async #lanes(session: Session): Promise<Map<LaneId, LaneState>> {
    const counts = countColumns.map(([, column]) => column).join(', ');
    const rows = await query(
      session,
      `SELECT lane, position, ended, DATE_FORMAT(committed_at, '%Y-%m-%dT%H:%i:%s.%fZ'), ${counts} FROM ` +
        `${this.table('_millrace_state')} WHERE pipeline = ${this.#key} AND position IS NOT NULL`,
    );
    return new Map(
      rows.map(([lane, position, ended, at, ...numbers]) => [
        String(lane),
        { position: String(position), ended: ended === '1', committedAt: String(at), counts: countsOf(numbers) },
      ]),
    );
  }

  async #streams(session: Session): Promise<Map<string, StreamState>> {
    const rows = await query(
      session,
      `SELECT stream, generation, phase FROM ${this.table('_millrace_streams')} WHERE pipeline = ${this.#key}`,
    );
    return new Map(
      rows.map(([stream, generation, phase]) => [
        String(stream),
        { generation: Number(generation), phase: String(phase) as Phase },
      ]),
    );
  }

  /** How far the full read of a stream is, by its `streamText`; locked until the end of the transaction where that is said. */
  async readState(session: Session, stream: string, lock: '' | ' FOR UPDATE' = ''): Promise<StreamState | undefined> {
    const where = `pipeline = ${this.#key} AND stream_hash = ${hashLiteral(stream)}`;
    const sql = `SELECT generation, phase FROM ${this.table('_millrace_streams')} WHERE ${where}${lock}`;
    const [row] = await query(session, sql);
    return row === undefined ? undefined : { generation: Number(row[0]), phase: String(row[1]) as Phase };
  }

  /** A stream's row, or undefined. The tables must be there. */
  async stream(session: Session, stream: StreamName): Promise<StreamRow | undefined> {
    const [row] = await query(
      session,
      `SELECT generation, phase, table_schema, table_name FROM ${this.table('_millrace_streams')} WHERE ${this.streamWhere(stream)}`,
    );
    if (row === undefined) return undefined;
    const [generation, phase, namespace, name] = row.map(String);
    return {
      generation: Number(generation),
      phase: phase as Phase,
      table: { namespace: namespace!, name: name! },
    };
  }

  /** Records how far a stream has come; inside a transaction or by itself. */
  async setStream(session: Session, stream: StreamName, { generation, phase, table }: StreamRow): Promise<void> {
    const values = [
      this.#key,
      hashLiteral(streamText(stream)),
      quoteText(this.pipelineName),
      quoteText(streamText(stream)),
      quoteBytes(Buffer.from(table.namespace)),
      quoteBytes(Buffer.from(table.name)),
      generation,
      quoteText(phase),
      STATE_FORMAT,
      'UTC_TIMESTAMP(6)',
    ];
    await execute(session, `REPLACE INTO ${this.table('_millrace_streams')} VALUES (${values.join(', ')})`);
  }

  /** Records that a full read begins. `from` is what the stream's row was when that was decided: `schema.moved` where it no longer is. */
  async beginRead(session: Session, stream: StreamName, to: StreamRow, from: StreamRow | undefined): Promise<void> {
    if (from === undefined) return await this.setStream(session, stream, to);
    const { generation, phase, table } = to;
    const { affected } = await execute(
      session,
      `UPDATE ${this.table('_millrace_streams')} SET generation = ${generation}, phase = ${quoteText(phase)}, ` +
        `table_schema = ${quoteBytes(Buffer.from(table.namespace))}, table_name = ${quoteBytes(Buffer.from(table.name))}, ` +
        `changed_at = UTC_TIMESTAMP(6) WHERE ${this.streamWhere(stream)} AND generation = ${from.generation} AND phase = ${quoteText(from.phase)}`,
    );
    if (affected === 1) return;
    const at = streamText(stream);
    throw millraceError('schema.moved', `another process began a full read of ${at} at the same time`, { at });
  }

  /** Work in a transaction during which the full read stays the current one. Throws `lane.fenced` where it is not. */
  async whileCurrent<T>(session: Session, stream: StreamName, generation: number, work: () => Promise<T>): Promise<T> {
    await execute(session, 'START TRANSACTION');
    try {
      const name = streamText(stream);
      requireOpen(name, generation, await this.readState(session, name, ' FOR UPDATE'));
      const result = await work();
      await execute(session, 'COMMIT');
      return result;
    } catch (thrown) {
      await rollback(session);
      throw thrown;
    }
  }

  /** Records the next phase of a full read. Throws `lane.fenced` where another process has brought it further meanwhile. */
  async moveStream(session: Session, stream: StreamName, from: StreamState, phase: Phase): Promise<void> {
    const { affected } = await execute(
      session,
      `UPDATE ${this.table('_millrace_streams')} SET phase = ${quoteText(phase)}, changed_at = UTC_TIMESTAMP(6) WHERE ${this.streamWhere(stream)} ` +
        `AND generation = ${from.generation} AND phase = ${quoteText(from.phase)}`,
    );
    if (affected === 1) return;
    const at = streamText(stream);
    throw millraceError('lane.fenced', `full read ${from.generation} of ${at} was taken on by another process`, { at });
  }

  /** Whether this pipeline made or took over the table. False where there is no state yet. */
  async owns(session: Session, table: StreamName): Promise<boolean> {
    const sql =
      `SELECT 1 FROM ${this.table('_millrace_streams')} WHERE pipeline = ${this.#key} ` +
      `AND table_schema = ${quoteBytes(Buffer.from(table.namespace))} AND table_name = ${quoteBytes(Buffer.from(table.name))}`;
    try {
      return (await query(session, sql)).length > 0;
    } catch (thrown) {
      if (thrown instanceof MillraceError && thrown.code === 'database.missing') return false;
      throw thrown;
    }
  }

  /** Forgets the lanes of a stream's full reads before the given one, opened ones too (invariant 5). */
  async forgetReads(session: Session, stream: StreamName, before: number): Promise<void> {
    const name = streamText(stream);
    const rows = await query(
      session,
      `SELECT lane FROM ${this.table('_millrace_state')} WHERE ${this.pipelineWhere} AND lane LIKE 'full/%' ` +
        `AND LOCATE(${quoteText(`/${name}/`)}, lane) > 0`,
    );
    const lanes = rows.map(([lane]) => String(lane));
    await this.forgetLanes(
      session,
      lanes.filter((lane) => {
        const read = fullReadOf(lane);
        return read?.stream === name && read.generation < before;
      }),
    );
  }

  /** Forgets lanes: a runner that still has one open is fenced. */
  async forgetLanes(session: Session, lanes: readonly LaneId[]): Promise<void> {
    for (const lane of lanes) {
      await execute(session, `DELETE FROM ${this.table('_millrace_state')} WHERE ${this.laneWhere(lane)}`);
    }
  }

  /**
   * Sets a lane's position by hand and fences whoever has it open. A lane that was never opened is made, and takes the identity of the
   * source at its first opening.
   */
  async setPosition(session: Session, lane: LaneId, position: Position | undefined): Promise<void> {
    if (position === undefined) return this.forgetLanes(session, [lane]);
    const bytes = quoteBytes(Buffer.from(position));
    const values = [this.#key, hashLiteral(lane), quoteText(this.pipelineName), quoteText(lane), "'[]'", freshEpoch()];
    await execute(
      session,
      `INSERT INTO ${this.table('_millrace_state')} (pipeline, lane_hash, pipeline_name, lane, streams, epoch, ` +
        `connection_id, server_run, position, source_identity, format, committed_at) VALUES (${values.join(', ')}, 0, '', ${bytes}, '', ` +
        `${STATE_FORMAT}, UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE epoch = epoch + 1, connection_id = 0, ` +
        `server_run = '', position = ${bytes}, ended = 0, committed_at = UTC_TIMESTAMP(6)`,
    );
  }

  /** Forgets the lanes of one stream, or of the whole pipeline: their runners are fenced. Gives the streams' rows, which stay. */
  async forget(session: Session, stream: StreamName | undefined): Promise<StreamRow[]> {
    const where = stream === undefined ? `pipeline = ${this.#key}` : this.streamWhere(stream);
    const found = await query(
      session,
      `SELECT generation, phase, table_schema, table_name FROM ${this.table('_millrace_streams')} WHERE ${where}`,
    );
    await this.forgetLanes(session, await this.#lanesOf(session, stream));
    return found.map(([generation, phase, namespace, name]) => ({
      generation: Number(generation),
      phase: String(phase) as Phase,
      table: { namespace: String(namespace), name: String(name) },
    }));
  }

  /** Ends full reads that were forgotten: the next one has a new number, and the table stays the pipeline's own. */
  async settle(session: Session, stream: StreamName | undefined): Promise<void> {
    const where = stream === undefined ? `pipeline = ${this.#key}` : this.streamWhere(stream);
    await execute(session, `UPDATE ${this.table('_millrace_streams')} SET phase = 'done' WHERE ${where}`);
  }

  /** Forgets which tables are the pipeline's own. */
  async disown(session: Session): Promise<void> {
    await execute(session, `DELETE FROM ${this.table('_millrace_streams')} WHERE pipeline = ${this.#key}`);
  }

  /** Lanes that carry the stream alone, and those that settle its full reads; all lanes without a stream. */
  async #lanesOf(session: Session, stream: StreamName | undefined): Promise<LaneId[]> {
    const rows = await query(
      session,
      `SELECT lane, streams FROM ${this.table('_millrace_state')} WHERE pipeline = ${this.#key}`,
    );
    const lanes = rows.map(([lane, streams]) => ({ lane: String(lane), streams: String(streams) }));
    if (stream === undefined) return lanes.map(({ lane }) => lane);
    const name = streamText(stream);
    const alone = JSON.stringify([name]);
    const settles = (lane: LaneId) => lane.replace(/^full\/\d+\//, '').startsWith(`${name}/`);
    return lanes.filter(({ lane, streams }) => streams === alone || settles(lane)).map(({ lane }) => lane);
  }

  /** Writes rejects inside the transaction that is open. */
  async addRejects(session: Session, lane: LaneId, rejects: readonly Reject[]): Promise<void> {
    for (const reject of rejects) {
      const values = [quoteText(this.pipelineName), quoteText(lane), ...rejectTexts(reject).map(quoteText)];
      await execute(
        session,
        `INSERT INTO ${this.table('_millrace_rejects')} (pipeline, pipeline_name, lane, stream, code, message, row_json, ` +
          `rejected_at) VALUES (${this.#key}, ${values.join(', ')}, UTC_TIMESTAMP(6))`,
      );
    }
  }

  /** The condition that finds all rows of the pipeline. */
  get pipelineWhere(): string {
    return `pipeline = ${this.#key}`;
  }

  /** Pipeline and stream as the two first values of a row. */
  streamValues(stream: StreamName): string {
    return `${this.#key}, ${hashLiteral(streamText(stream))}`;
  }

  /** The condition that finds a stream's rows. */
  streamWhere(stream: StreamName): string {
    return `pipeline = ${this.#key} AND stream_hash = ${hashLiteral(streamText(stream))}`;
  }
}

/** An epoch that no earlier life of the lane had, as the row that counted may have been deleted. */
export function freshEpoch(): number {
  return Date.now();
}

export function countsOf(cells: readonly (Cell | undefined)[]): Counts {
  const numbers = countColumns.map(([field], at) => [field, Number(cells[at])] as const);
  return Object.fromEntries(numbers) as unknown as Counts;
}

/** `rows_read = rows_read + 5, ...` */
export function addCountsSql(counts: Counts): string {
  return countColumns.map(([field, column]) => `${column} = ${column} + ${counts[field]}`).join(', ');
}

/** What a reject's columns hold at most, in characters; TiDB takes no row above 6 MiB. */
const MESSAGE_LIMIT = 8_000;
const ROW_LIMIT = 1024 * 1024;

function rejectTexts({ stream, code, message, row }: Reject): string[] {
  return [stream, code, clipped(message, MESSAGE_LIMIT), clipped(row, ROW_LIMIT)];
}

/** A text that was cut says so and how long it was. */
function clipped(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}... [cut, ${text.length} characters]`;
}
