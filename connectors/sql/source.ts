import {
  type Comparer,
  type Finding,
  type Group,
  type Identity,
  type Message,
  MillraceError,
  millraceError,
  nextRound,
  noPositions,
  type Positions,
  type ReadMode,
  type ReadRequest,
  type Source,
  type Stage,
  type StreamRequest,
  type StreamRound,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { sqlComparer } from './comparer.ts';
import { endpoint } from './config.ts';
import { type FullRead, fullGroup, fullGroups, type Handover, type Moment } from './full-read.ts';
import { grantStatements, patternNeeds } from './grants.ts';
import { incrementalGroup } from './incremental-read.ts';
import { introspect, introspectTables } from './introspect.ts';
import { cellText, type Run } from './introspect-run.ts';
import type { KeyColumn } from './keyset.ts';
import { look } from './look.ts';
import { atOneMoment } from './one-moment.ts';
import type { SqlPool } from './pool.ts';
import { type Projection, project } from './projection.ts';
import { query } from './query.ts';
import { type ServerInfo, serverInfo } from './server.ts';
import type { Session } from './session.ts';
import { checkSource, requireKnownTypes } from './source-check.ts';
import type { TableRead } from './table-read.ts';

/** How one kind of server is read: what differs between MySQL and TiDB. */
export interface Reading extends AsyncDisposable {
  /** What pages of a table are ordered by; undefined: it cannot be paged. */
  readonly pageKey: (schema: StreamSchema, signal: AbortSignal) => Promise<readonly KeyColumn[] | undefined>;
  /** The moment of the full reads that begin in this run; the same for all of them where the server allows it. */
  readonly begin: (signal: AbortSignal) => Promise<Moment>;
  /** The moment of a full read that goes on; undefined: it is gone, and the read has to begin anew. */
  readonly resume: (name: string, signal: AbortSignal) => Promise<Moment | undefined>;
  /** The moment of an incremental read. */
  readonly recent: (signal: AbortSignal) => Promise<Moment>;
  /** Full reads share one transaction: all of them end, or all begin anew; one lane at a time. */
  readonly together: boolean;
  /** Full reads may run by themselves, and all stand at one moment nevertheless. */
  readonly oneMoment?: true;
  /** The groups of the tables that are read by `cdc`: one for all where they share a log. Absent: changes cannot be read. */
  readonly changes?: (read: ChangeRead, signal: AbortSignal) => Promise<readonly Group[]>;
  /** Throws for a table whose changes cannot be read, or not exactly. */
  readonly requireChanges?: (table: ChangeTable) => void;
  /** Changes from now on, to be looked at. Absent: they are not told as they come. */
  readonly watch?: (read: ChangeRead, signal: AbortSignal) => AsyncIterable<Message>;
  readonly findings: (
    schemas: readonly StreamSchema[],
    request: ReadRequest,
    signal: AbortSignal,
    committed: Positions | undefined,
  ) => Promise<Finding[]>;
}

/** A table whose changes are asked for: as the server has it, and as it flows. */
export interface ChangeTable {
  readonly request: StreamRequest;
  readonly table: StreamSchema;
  readonly schema: StreamSchema;
}

/** What the changes of tables are read with. */
export interface ChangeRead
  extends Pick<ReadRequest, 'layout' | 'maxRowBytes' | 'parallel' | 'follow' | 'before' | 'standing' | 'kept'> {
  readonly tables: readonly ChangeTable[];
  /** How each table is read, in the same order. */
  readonly reads: readonly Omit<TableRead, 'view'>[];
  readonly committed: Positions;
  /** Those of the tables that are there now, as they are. */
  readonly look: (signal: AbortSignal) => Promise<readonly ChangeTable[]>;
  /** Full reads of the tables as one group, each as its round says. */
  readonly copy: (rounds: ReadonlyMap<string, StreamRound>, handover?: Handover) => Group | undefined;
}

export interface SqlSourceOptions extends Pick<Source, 'modes' | 'oneLog'> {
  readonly pool: SqlPool;
  /** Whose privileges `grants` prints, before the server is known. */
  readonly dialect: ServerInfo['dialect'];
  /** Chooses the way of reading, once the server is known. Throws `config.invalid` where it is not the kind of server that was configured. */
  readonly reading: (pool: SqlPool, info: ServerInfo) => Reading;
  readonly requestUnitsPerMiB?: number;
  readonly scannedRequestUnits?: () => number;
  /** The moment that a session is at, where the server counts them. */
  readonly now?: (session: Session) => Promise<string>;
}

/** A table as a request wants it. */
interface Asked {
  readonly request: StreamRequest;
  readonly schema: StreamSchema;
  readonly projection: Projection;
}

/** Tables of a MySQL-protocol database as streams. */
export class SqlSource implements Source {
  readonly modes?: readonly ReadMode[];
  readonly oneLog?: true;
  readonly requestUnitsPerMiB?: number;
  readonly scannedRequestUnits?: () => number;
  readonly now?: (signal: AbortSignal) => Promise<string>;
  readonly #pool: SqlPool;
  readonly #dialect: ServerInfo['dialect'];
  readonly #makeReading: SqlSourceOptions['reading'];
  readonly #view = (signal: AbortSignal) => this.#pool.lease('read', signal);
  readonly #sayAnew = (message: string) => this.#pool.notice('source.read-anew', message);
  #home: string | undefined;
  #known: { readonly info: ServerInfo; readonly reading: Reading } | undefined;

  constructor(options: SqlSourceOptions) {
    const { pool, dialect, reading, modes, oneLog, requestUnitsPerMiB, scannedRequestUnits, now } = options;
    this.#pool = pool;
    this.#home = pool.config.database;
    this.#dialect = dialect;
    this.#makeReading = reading;
    if (modes !== undefined) this.modes = modes;
    if (oneLog !== undefined) this.oneLog = oneLog;
    if (requestUnitsPerMiB !== undefined) this.requestUnitsPerMiB = requestUnitsPerMiB;
    if (scannedRequestUnits !== undefined) this.scannedRequestUnits = scannedRequestUnits;
    if (now !== undefined) this.now = (signal) => look(this.#view, signal, now);
  }

  get home(): string | undefined {
    return this.#home;
  }

  awakeSeconds(): number {
    return this.#pool.awakeSeconds;
  }

  async identity(signal: AbortSignal): Promise<Identity> {
    return (await this.#server(signal)).info.identity;
  }

  async discover(patterns: readonly string[], signal: AbortSignal): Promise<StreamSchema[]> {
    const { info } = await this.#server(signal);
    return this.#run(signal, async (run) => {
      const spelled = await this.#spelledDatabase(run);
      this.#home = spelled ?? this.#home;
      const found = await introspect(run, info.dialect, patterns, this.#home);
      if (found.length === 0 && spelled === undefined) this.#requireNoDatabase();
      return found;
    });
  }

  async schemas(request: ReadRequest, signal: AbortSignal): Promise<StreamSchema[]> {
    const asked = await this.#asked(request, signal);
    return asked.map(({ projection }) => projection.schema);
  }

  async groups(request: ReadRequest, committed: Positions, signal: AbortSignal): Promise<Group[]> {
    const { reading } = await this.#server(signal);
    const asked = await this.#asked(request, signal);
    const isFull = (one: Asked) => one.request.mode === 'full';
    const names = asked.filter(isFull).map((one) => streamText(one.request.stream));
    const rounds = nextRound(names, committed);
    const full: FullRead[] = [];
    const groups: Group[] = [];
    const log = asked.filter((one) => one.request.mode === 'cdc');
    if (log.length > 0) groups.push(...(await this.#changes(log, request, committed, signal)));
    for (const one of asked) {
      if (log.includes(one)) continue;
      const read = await this.#tableRead(one, request, signal);
      if (!isFull(one)) groups.push(incrementalGroup({ request: one.request, read, begin: reading.recent }));
      else full.push(this.#fullRead(one, read, rounds.get(streamText(one.request.stream))!, request.parallel, reading));
    }
    const agreed = reading.oneMoment ? await atOneMoment(full, committed, this.#sayAnew, signal) : full;
    return [...groups, ...fullGroups(agreed, committed, reading.together)];
  }

  /** Tables read by `cdc`: full reads, and what is told of changes behind them. */
  async #changes(
    asked: readonly Asked[],
    request: ReadRequest,
    committed: Positions,
    signal: AbortSignal,
  ): Promise<readonly Group[]> {
    const { reading } = await this.#server(signal);
    if (reading.changes === undefined) throw this.#unread();
    try {
      return await reading.changes(await this.#changeRead(asked, request, committed, signal), signal);
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || thrown.origin !== 'source' || thrown.retry !== 'never') throw thrown;
      return [brokenGroup(asked, thrown)];
    }
  }

  async *changes(request: ReadRequest, signal: AbortSignal): AsyncGenerator<Message, void, undefined> {
    const { reading } = await this.#server(signal);
    if (reading.watch === undefined) throw this.#unread();
    const read = await this.#changeRead(await this.#asked(request, signal), request, noPositions, signal);
    yield* reading.watch(read, signal);
  }

  #unread(): Error {
    const at = endpoint(this.#pool.config);
    return millraceError('config.mode-illegal', `${at}: changes are not told as they come`, {
      at,
      fix: 'Look at a table of MySQL or MariaDB, or at a topic; TiDB tells changes by TiCDC and topics.',
    });
  }

  async #changeRead(
    asked: readonly Asked[],
    request: ReadRequest,
    committed: Positions,
    signal: AbortSignal,
  ): Promise<ChangeRead> {
    const { reading } = await this.#server(signal);
    const reads = new Map<Asked, Omit<TableRead, 'view'>>();
    for (const one of asked) reads.set(one, await this.#tableRead(one, request, signal));
    const own = { ...request, streams: asked.map((one) => one.request) };
    const { parallel } = request;
    const copy: ChangeRead['copy'] = (rounds, handover) => {
      const full = asked.flatMap((one) => {
        const round = rounds.get(streamText(one.request.stream));
        return round === undefined ? [] : [this.#fullRead(one, reads.get(one)!, round, parallel, reading)];
      });
      return full.length === 0 ? undefined : fullGroup(full, committed, reading.together, handover);
    };
    const look: ChangeRead['look'] = async (stop) => (await this.#there(own, stop)).map(changeTable);
    const tables = asked.map(changeTable);
    return { ...request, tables, reads: [...reads.values()], committed, look, copy };
  }

  async check(request: ReadRequest, signal: AbortSignal, committed?: Positions): Promise<Finding[]> {
    const { info, reading } = await this.#server(signal);
    const asked = await this.#asked(request, signal);
    const schemas = asked.map(({ schema }) => schema);
    const own = await this.#run(signal, (run) => checkSource(run, info, request, schemas));
    return [...own, ...(await reading.findings(schemas, request, signal, committed))];
  }

  comparer(): Comparer {
    return sqlComparer({
      dialect: async (signal) => (await this.#server(signal)).info.dialect,
      view: this.#view,
    });
  }

  grants(streams: readonly { readonly pattern: string; readonly mode: ReadMode }[]): string[] {
    const needs = patternNeeds(this.#dialect, streams);
    return grantStatements(needs, { name: this.#pool.config.user, host: '%' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#known?.reading[Symbol.asyncDispose]();
    await this.#pool[Symbol.asyncDispose]();
  }

  async #server(signal: AbortSignal): Promise<{ info: ServerInfo; reading: Reading }> {
    if (this.#known === undefined) {
      const info = await look(this.#view, signal, serverInfo);
      this.#known ??= { info, reading: this.#makeReading(this.#pool, info) };
    }
    return this.#known;
  }

  #run<T>(signal: AbortSignal, use: (run: Run) => Promise<T>): Promise<T> {
    return look(this.#view, signal, (session) => use((sql) => query(session, sql)));
  }

  /** The database that the connection is for, as the server spells it; undefined: there is none. */
  async #spelledDatabase(run: Run): Promise<string | undefined> {
    const { database } = this.#pool.config;
    if (database === undefined) return undefined;
    const names = (await run('SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA')).map(([name]) => cellText(name));
    if (names.includes(database)) return database;
    const [name, other] = names.filter((each) => each?.toLowerCase() === database.toLowerCase());
    return other === undefined ? name : undefined;
  }

  /** Statements name their databases, so the server never complains of one that is not there. */
  #requireNoDatabase(): void {
    const { config } = this.#pool;
    const { database } = config;
    if (database === undefined) return;
    const message = `there is no database \`${database}\`, or \`${config.user}\` may not see it`;
    throw millraceError('database.missing', message, { at: endpoint(config) });
  }

  async #asked(request: ReadRequest, signal: AbortSignal): Promise<Asked[]> {
    const found = await this.#there(request, signal);
    const names = new Set(found.map(({ schema }) => streamText(schema.stream)));
    const name = request.streams.map(({ stream }) => streamText(stream)).find((one) => !names.has(one));
    if (name === undefined) return found;
    throw millraceError('source.stream-missing', `there is no table ${name}`, { at: name });
  }

  /** Of what is asked for the tables that are there. */
  async #there({ streams }: ReadRequest, signal: AbortSignal): Promise<Asked[]> {
    const { info, reading } = await this.#server(signal);
    const names = streams.map((one) => one.stream);
    const found = await this.#run(signal, (run) => introspectTables(run, info.dialect, names));
    const asked = streams.flatMap((request) => {
      const name = streamText(request.stream);
      const schema = found.find((one) => streamText(one.stream) === name);
      return schema === undefined ? [] : [{ request, schema }];
    });
    requireKnownTypes(asked);
    return asked.map(({ request, schema }) => {
      const one = { request, schema, projection: project(schema, request, info.dialect) };
      if (request.mode === 'cdc') reading.requireChanges?.(changeTable(one));
      return one;
    });
  }

  async #tableRead(
    { request, schema, projection }: Asked,
    { layout, maxRowBytes, pace }: ReadRequest,
    signal: AbortSignal,
  ): Promise<Omit<TableRead, 'view'>> {
    const { info, reading } = await this.#server(signal);
    const key = await reading.pageKey(schema, signal);
    const once = request.once === true;
    const paced = pace === undefined ? {} : { pace };
    const lines = request.lines ? { lines: true as const } : {};
    return {
      table: schema.stream,
      projection,
      dialect: info.dialect,
      layout,
      maxRowBytes,
      key,
      once,
      ...paced,
      ...lines,
    };
  }

  #fullRead(
    { request }: Asked,
    read: Omit<TableRead, 'view'>,
    round: StreamRound,
    parallel: number,
    { begin, resume, together }: Reading,
  ): FullRead {
    return { request, read, round, parallel: together ? 1 : parallel, begin, resume };
  }
}

/** What cannot be read parks these streams; others of the source go on. */
function brokenGroup(asked: readonly Asked[], error: MillraceError): Group {
  const stages: AsyncIterable<Stage> = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
  return { streams: asked.map(({ request }) => request.stream), stages: () => stages };
}

function changeTable({ request, schema, projection }: Asked): ChangeTable {
  return { request, table: schema, schema: projection.schema };
}
