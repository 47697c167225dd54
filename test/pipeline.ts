import { randomBytes, randomUUID } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import type { Destination, RunEvent, RunFinished, Source } from '../connectors/contract/index.ts';
import { connectorOfUrl } from '../connectors/registry.ts';
import { FileRowStores } from '../connectors/state/index.ts';
import { type PipelineConfig, pipelineConfig } from '../connectors/sync/config.ts';
import type { Pipeline } from '../connectors/sync/pipeline.ts';
import { type RunOptions, runPipeline } from '../connectors/sync/run.ts';
import { sharedUrl } from './services/shared.ts';

export type ServerName = 'mysql' | 'mariadb' | 'tidb';

export const never: AbortSignal = new AbortController().signal;

/** Rows as texts, column by column; bytes as latin1, so that none is lost. */
export type Rows = (string | null)[][];

/** A database of a test's own on one server, and an administrator's session in it. */
export interface TestDatabase extends AsyncDisposable {
  readonly server: ServerName;
  readonly name: string;
  /** For a pipeline, e.g. `tidb://root@127.0.0.1:14000/mr_1a2b`. */
  readonly url: string;
  /** Runs statements one after the other; gives the rows of the last one. `{db}` stands for the database. */
  run(...statements: string[]): Promise<Rows>;
  /** First cell of a query, as text. */
  single(sql: string): Promise<string | null | undefined>;
  /** Another session in the same database. */
  session(): Promise<TestDatabase>;
}

/** Makes a database on a shared server, or on the one at `url`. Disposing of it drops it. */
export async function openDatabase(server: ServerName, url: string = sharedUrl(server)): Promise<TestDatabase> {
  const name = `mr_${randomBytes(6).toString('hex')}`;
  const connection = await administrator(url);
  // Tests make their rows by counting.
  const depth = server === 'mariadb' ? 'max_recursive_iterations' : 'cte_max_recursion_depth';
  await connection.query(`SET SESSION ${depth} = 1000000`);
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await connection.query(`USE ${name}`);
  return testDatabase(server, url, name, connection, async () => {
    await connection.query(`DROP DATABASE IF EXISTS ${name}`);
    await connection.end();
  });
}

/** A session in a database that is there. Disposing of it only closes the session. */
export async function databaseAt(server: ServerName, url: string, name: string): Promise<TestDatabase> {
  const connection = await administrator(url);
  await connection.query(`USE ${name}`);
  return testDatabase(server, url, name, connection, () => connection.end());
}

function administrator(url: string): Promise<Connection> {
  const { hostname, port, username } = new URL(url);
  return createConnection({
    host: hostname,
    port: Number(port),
    user: username,
    charset: 'utf8mb4',
    timezone: 'Z',
    rowsAsArray: true,
    typeCast: (field) => field.buffer()?.toString('latin1') ?? null,
  });
}

function testDatabase(
  server: ServerName,
  url: string,
  name: string,
  connection: Connection,
  dispose: () => Promise<void>,
): TestDatabase {
  const { host } = new URL(url);
  const run = async (...statements: string[]): Promise<Rows> => {
    let rows: unknown = [];
    for (const sql of statements) [rows] = await connection.query(sql.replaceAll('{db}', name));
    return Array.isArray(rows) ? (rows as Rows) : [];
  };
  return {
    server,
    name,
    url: `${server === 'tidb' ? 'tidb' : 'mysql'}://root@${host}/${name}`,
    run,
    single: async (sql) => (await run(sql))[0]?.[0],
    session: () => databaseAt(server, url, name),
    [Symbol.asyncDispose]: dispose,
  };
}

/** What a run came to, and all that it told. */
export interface Ran {
  readonly finished: RunFinished;
  readonly events: readonly RunEvent[];
}

/** Puts something between the engine and a side, e.g. to end the process at a named call. */
export interface Sides {
  source?(source: Source): Source;
  destination?(destination: Destination): Destination;
}

export interface TestRun extends Partial<RunOptions> {
  readonly sides?: Sides;
  /** Sees each event as it comes. */
  readonly onEvent?: (event: RunEvent) => void;
}

export type OpenPipeline = Pipeline & AsyncDisposable;

/** Makes both sides of a pipeline, as a process that has just started would. */
export function openPipeline(
  { id, from, to, kept }: { id: string; from: string; to: string; kept?: string },
  config: PipelineConfig,
  emit: (event: RunEvent) => void = () => undefined,
  sides: Sides = {},
): OpenPipeline {
  const parsed = pipelineConfig.parse(config);
  const limit = parsed.throttle?.connections;
  const context = { emit, ...(limit === undefined ? {} : { maxConnections: limit }) };
  const [sourceUrl, targetUrl] = [new URL(from), new URL(to)];
  const sourceConnector = connectorOfUrl(sourceUrl);
  const targetConnector = connectorOfUrl(targetUrl);
  const source = sourceConnector.source!(sourceConnector.fromUrl(sourceUrl), { ...context, pipeline: id });
  const destination = targetConnector.destination!(targetConnector.fromUrl(targetUrl), {
    ...context,
    pipeline: id,
    pipelineName: 'test',
  });
  const stores = kept === undefined ? undefined : new FileRowStores(kept, id);
  return {
    id,
    name: 'test',
    config: parsed,
    source: sides.source?.(source) ?? source,
    destination: sides.destination?.(destination) ?? destination,
    ...(stores === undefined ? {} : { kept: stores }),
    [Symbol.asyncDispose]: async () => {
      stores?.[Symbol.dispose]();
      await Promise.all([source[Symbol.asyncDispose](), destination[Symbol.asyncDispose]()]);
    },
  };
}

/** Runs a pipeline once, in sides made for it alone. */
export async function runOnce(
  ends: { id: string; from: string; to: string; kept?: string },
  config: PipelineConfig,
  { sides, onEvent, ...options }: TestRun = {},
): Promise<Ran> {
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => {
    events.push(event);
    onEvent?.(event);
  };
  await using pipeline = openPipeline(ends, config, emit, sides);
  const finished = await runPipeline(pipeline, { run: 'test', drain: never, abort: never, ...options, emit });
  return { finished, events };
}

/** Two databases and a pipeline from the first to the second. */
export interface TestPair extends AsyncDisposable {
  readonly id: string;
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  readonly ends: { id: string; from: string; to: string };
  /** Runs once; a run that does not end `ok` throws, with its error. */
  sync(config?: Partial<PipelineConfig>, options?: TestRun): Promise<Ran>;
  /** Runs once, however it ends. */
  attempt(config?: Partial<PipelineConfig>, options?: TestRun): Promise<Ran>;
  open(config?: Partial<PipelineConfig>): OpenPipeline;
}

export interface PairOptions {
  /** Query of the source's URL, e.g. `consistency=snapshot`. */
  readonly read?: string;
  /** Addresses in place of the shared servers', e.g. a proxy's. */
  readonly through?: { readonly from?: string; readonly to?: string };
}

export async function openPair(from: ServerName, to: ServerName, options: PairOptions = {}): Promise<TestPair> {
  const source = await openDatabase(from);
  const target = await openDatabase(to);
  return pairOf(source, target, options);
}

/** A pipeline between databases that are there. All streams of the source are copied where no other are named. */
export function pairOf(source: TestDatabase, target: TestDatabase, { read, through = {} }: PairOptions = {}): TestPair {
  const id = randomUUID();
  const fromUrl = new URL(moved(source.url, through.from));
  if (read !== undefined) fromUrl.search = read;
  const ends = { id, from: fromUrl.href, to: moved(target.url, through.to) };
  const whole = (config: Partial<PipelineConfig> = {}): PipelineConfig => ({
    streams: [`${source.name}.*`],
    ...config,
  });
  const attempt = (config?: Partial<PipelineConfig>, options?: TestRun) => runOnce(ends, whole(config), options);
  return {
    id,
    source,
    target,
    ends,
    attempt,
    sync: async (config, options) => {
      const ran = await attempt(config, options);
      if (ran.finished.status !== 'ok') {
        throw new Error(`the run ended ${ran.finished.status}: ${JSON.stringify(ran.finished.error)}`);
      }
      return ran;
    },
    open: (config) => openPipeline(ends, whole(config)),
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}

function moved(url: string, address: string | undefined): string {
  if (address === undefined) return url;
  const result = new URL(url);
  result.host = new URL(address).host;
  return result.href;
}

/** A table's rows in an order of their own, to be compared with another table's. */
export async function rowsOf(database: TestDatabase, table: string, columns = '*'): Promise<string[]> {
  const rows = await database.run(`SELECT ${columns} FROM \`${table}\``);
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Events of one kind. */
export function eventsOf<K extends RunEvent['event']>(
  { events }: Pick<Ran, 'events'>,
  kind: K,
): Extract<RunEvent, { event: K }>[] {
  return events.filter((event): event is Extract<RunEvent, { event: K }> => event.event === kind);
}
