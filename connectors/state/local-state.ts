import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import {
  addCounts,
  type Counts,
  type LaneId,
  type Phase,
  type PipelineId,
  type Position,
  type Positions,
  type RunEvent,
  type RunFinished,
} from '../contract/index.ts';
import { prepareTables } from './schema.ts';

/** Events kept of one run, and runs kept at all: the file stays small for ever. */
const MAX_EVENTS = 2000;
const MAX_RUNS = 500;

/** A run as remembered. `running` without a living process is a run that was killed. */
export interface RunRecord {
  readonly run: string;
  readonly pipeline: PipelineId;
  readonly name: string;
  readonly pid: number;
  readonly started: string;
  readonly finished?: string;
  readonly status: 'running' | RunFinished['status'];
  readonly outcome?: RunFinished;
}

/** A lane's position as last seen. The truth is at the destination: this is a copy that can be read without waking it. */
export interface KeptPosition {
  readonly lane: LaneId;
  readonly position: Position;
  readonly ended: boolean;
  readonly counts: Counts;
  readonly committedAt: string;
  /** When this copy was taken, ISO 8601. */
  readonly seenAt: string;
}

/** How far a stream's full read had come when last seen. */
export interface KeptStream {
  readonly stream: string;
  readonly generation: number;
  readonly phase: Phase;
  readonly seenAt: string;
}

/**
 * The local file of run history and last positions. Nothing here ever fails a run: a file that is corrupt, read-only or on a full disk
 * is told once through `warn`, and from then on nothing is kept and nothing is found.
 */
export class LocalState implements Disposable {
  readonly path: string;
  #database: DatabaseSync | undefined;
  readonly #warn: (message: string) => void;
  readonly #events = new Map<string, number>();

  /** Opens or makes the file. `warn` gets the reason when that fails. */
  constructor(path: string, warn: (message: string) => void) {
    this.path = path;
    this.#warn = warn;
    this.#attempt('cannot be opened', () => {
      mkdirSync(dirname(path), { recursive: true });
      keepOutOfGit(dirname(path));
      this.#database = openOrSetAside(path, warn);
    });
  }

  /** Notes that a run begins; what is oldest is forgotten. */
  begin(run: string, pipeline: PipelineId, name: string, at: string): void {
    this.#run('INSERT INTO runs (run, pipeline, name, pid, started, status) VALUES (?, ?, ?, ?, ?, ?)', [
      run,
      pipeline,
      name,
      process.pid,
      at,
      'running',
    ]);
    this.#run(`DELETE FROM runs WHERE run NOT IN (SELECT run FROM runs ORDER BY started DESC LIMIT ${MAX_RUNS})`, []);
    this.#run('DELETE FROM events WHERE run NOT IN (SELECT run FROM runs)', []);
  }

  /** Keeps an event of a run, but for progress, and what it says about positions and the run's end. */
  record(run: string, pipeline: PipelineId, event: RunEvent): void {
    if (event.event === 'progress') return;
    const n = this.#events.get(run) ?? 0;
    this.#events.set(run, n + 1);
    // Commits of a run that goes on for days leave room for what is told later.
    const most = event.event === 'committed' ? MAX_EVENTS / 2 : MAX_EVENTS;
    if (n < most || event.event === 'finished') {
      this.#run('INSERT OR REPLACE INTO events VALUES (?, ?, ?)', [run, n, JSON.stringify(event)]);
    }
    if (event.event === 'committed') this.#keepCommit(pipeline, event);
    if (event.event === 'finished') {
      const values = [event.at, event.status, JSON.stringify(event), run];
      this.#run('UPDATE runs SET finished = ?, status = ?, outcome = ? WHERE run = ?', values);
    }
  }

  #keepCommit(pipeline: PipelineId, event: Extract<RunEvent, { event: 'committed' }>): void {
    const { lane, position, at } = event;
    const [before] = this.#all('SELECT counts FROM positions WHERE pipeline = ? AND lane = ?', [pipeline, lane]);
    const counts = before === undefined ? event.counts : addCounts(JSON.parse(String(before.counts)), event.counts);
    const values = [pipeline, lane, position, JSON.stringify(counts), at, at];
    this.#run('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, 0, ?, ?, ?)', values);
  }

  /** Replaces the copy of a pipeline's positions by what the destination says. */
  replacePositions(pipeline: PipelineId, { lanes, streams }: Positions, seenAt: string): void {
    this.forgetPositions(pipeline);
    for (const [lane, { position, ended, counts, committedAt }] of lanes) {
      const values = [pipeline, lane, position, ended ? 1 : 0, JSON.stringify(counts), committedAt, seenAt];
      this.#run('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?)', values);
    }
    for (const [stream, { generation, phase }] of streams) {
      const values = [pipeline, stream, generation, phase, seenAt];
      this.#run('INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, ?)', values);
    }
  }

  forgetPositions(pipeline: PipelineId): void {
    this.#run('DELETE FROM positions WHERE pipeline = ?', [pipeline]);
    this.#run('DELETE FROM streams WHERE pipeline = ?', [pipeline]);
  }

  /** Forgets a pipeline: its runs, their events and its positions. */
  forgetPipeline(pipeline: PipelineId): void {
    this.forgetPositions(pipeline);
    this.#run('DELETE FROM events WHERE run IN (SELECT run FROM runs WHERE pipeline = ?)', [pipeline]);
    this.#run('DELETE FROM runs WHERE pipeline = ?', [pipeline]);
  }

  positions(pipeline: PipelineId): KeptPosition[] {
    return this.#all('SELECT * FROM positions WHERE pipeline = ? ORDER BY lane', [pipeline]).map((row) => ({
      lane: String(row.lane),
      position: String(row.position),
      ended: row.ended === 1,
      counts: JSON.parse(String(row.counts)) as Counts,
      committedAt: String(row.committed),
      seenAt: String(row.seen),
    }));
  }

  streams(pipeline: PipelineId): KeptStream[] {
    return this.#all('SELECT * FROM streams WHERE pipeline = ? ORDER BY stream', [pipeline]).map((row) => ({
      stream: String(row.stream),
      generation: Number(row.generation),
      phase: row.phase as Phase,
      seenAt: String(row.seen),
    }));
  }

  /** Newest first; only of one pipeline where its name is given. */
  runs(limit: number, name?: string): RunRecord[] {
    const sql = 'SELECT * FROM runs WHERE ?1 IS NULL OR name = ?1 ORDER BY started DESC, run DESC LIMIT ?2';
    return this.#all(sql, [name ?? null, limit]).map(runRecord);
  }

  /** Runs whose name begins with a text, newest first. */
  findRuns(prefix: string): RunRecord[] {
    const sql = 'SELECT * FROM runs WHERE substr(run, 1, length(?1)) = ?1 ORDER BY started DESC, run DESC';
    return this.#all(sql, [prefix]).map(runRecord);
  }

  events(run: string): RunEvent[] {
    const rows = this.#all('SELECT event FROM events WHERE run = ? ORDER BY n', [run]);
    return rows.map((row) => JSON.parse(String(row.event)) as RunEvent);
  }

  [Symbol.dispose](): void {
    this.#attempt('cannot be closed', () => this.#database?.close());
    this.#database = undefined;
  }

  #run(sql: string, values: SQLInputValue[]): void {
    this.#attempt('cannot be written', () => this.#database?.prepare(sql).run(...values));
  }

  #all(sql: string, values: SQLInputValue[]): Record<string, SQLOutputValue>[] {
    return this.#attempt('cannot be read', () => this.#database?.prepare(sql).all(...values)) ?? [];
  }

  /** Does it, or warns and gives the file up. */
  #attempt<T>(what: string, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.#database = undefined;
      this.#warn(`local history ${this.path} ${what} (${(error as Error).message}); this run is not remembered`);
      return undefined;
    }
  }
}

/** A file that is no database is moved aside: history is worth less than a run that can be remembered. */
function openOrSetAside(path: string, warn: (message: string) => void): DatabaseSync {
  try {
    return open(path);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    const aside = `${path}.corrupt-${new Date().toISOString().replace(/[:.]/g, '-')}`;
    renameSync(path, aside);
    warn(`local history ${path} was damaged; it was moved to ${aside} and begun anew`);
    return open(path);
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    prepareTables(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isCorrupt(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && [11, 26].includes(code & 0xff);
}

/** The folder is nobody's business but this machine's. */
function keepOutOfGit(folder: string): void {
  writeFileSync(join(folder, '.gitignore'), '*\n');
}

function runRecord(row: Record<string, SQLOutputValue>): RunRecord {
  return {
    run: String(row.run),
    pipeline: String(row.pipeline),
    name: String(row.name),
    pid: Number(row.pid),
    started: String(row.started),
    ...(row.finished === null ? {} : { finished: String(row.finished) }),
    status: row.status as RunRecord['status'],
    ...(row.outcome === null ? {} : { outcome: JSON.parse(String(row.outcome)) as RunFinished }),
  };
}
