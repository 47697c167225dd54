import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Connection, createConnection } from 'mysql2/promise';
import { type Server, startServer } from '../services/server.ts';
import type { BenchOptions } from './options.ts';
import { createSql, type SampleTable, sampleFiles } from './sample-table.ts';

export const root = resolve(import.meta.dirname, '../..');
export const DATABASE = 'bench';

/** Memory and log as large as the tables, so that servers are not measured by how they make room; no wait for the disk. */
const mysqlFlags = ['--innodb-buffer-pool-size=2G', '--innodb-redo-log-capacity=2G', '--skip-log-bin'];

/** What cases share: servers of the bench's own, started when first asked for, and a folder. All is gone when it is disposed. */
export class Lab implements AsyncDisposable {
  readonly options: BenchOptions;
  readonly folder: string;
  #folders = 0;
  readonly #servers = new Map<string, Promise<Server>>();

  private constructor(options: BenchOptions, folder: string) {
    this.options = options;
    this.folder = folder;
  }

  static async open(options: BenchOptions): Promise<Lab> {
    return new Lab(options, await mkdtemp(join(tmpdir(), 'millrace-bench-')));
  }

  /** A MySQL that stays: one as the source, one as the target. */
  mysql(name: 'source' | 'target'): Promise<Server> {
    const known = this.#servers.get(name);
    if (known !== undefined) return known;
    const started = startServer('mysql', { flags: [...mysqlFlags, `--server-id=${name === 'source' ? 11 : 12}`] });
    this.#servers.set(name, started);
    return started;
  }

  /** A TiDB with nothing in it, in place of the one before: its store keeps in memory what was dropped. */
  async freshTidb(): Promise<Server> {
    await this.stop('tidb');
    const started = startServer('tidb');
    this.#servers.set('tidb', started);
    const server = await started;
    await using connection = await connect(server);
    await connection.query(`CREATE DATABASE ${DATABASE}`);
    return server;
  }

  /** A broker and the registry of its topics with nothing in them, in place of those before: the URL that a user would give. */
  async freshKafka(): Promise<string> {
    const fresh = async (kind: 'kafka' | 'registry') => {
      await this.stop(kind);
      const started = startServer(kind);
      this.#servers.set(kind, started);
      return await started;
    };
    const [broker, registry] = await Promise.all([fresh('kafka'), fresh('registry')]);
    return `kafka://${broker.url}?registry=${encodeURIComponent(registry.url)}`;
  }

  async stop(name: string): Promise<void> {
    const server = this.#servers.get(name);
    this.#servers.delete(name);
    await (await server)?.stop();
  }

  /** A folder of its own for each run: history and identity of one run do not meet another's. */
  async ownFolder(): Promise<string> {
    this.#folders += 1;
    const folder = join(this.folder, `run-${this.#folders}`);
    await mkdir(folder);
    return folder;
  }

  /** A server that holds the table, read once so that it lies in memory; its database is made where it is missing. */
  async filled(server: Server, table: SampleTable): Promise<void> {
    await using connection = await connect(server);
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
    const [found] = await connection.query(`SHOW TABLES FROM ${DATABASE} LIKE '${table.name}'`);
    if ((found as unknown[]).length > 0) return;
    await connection.query(`USE ${DATABASE}`);
    await connection.query(createSql(table));
    for (const file of await sampleFiles(table, this.options.rows)) await load(connection, table.name, file);
    await connection.query(`ANALYZE TABLE ${table.name}`);
    await connection.query(`SELECT COUNT(*) FROM ${table.name} WHERE ${table.columns.at(-1)!.name} <> ''`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#servers.keys()]) await this.stop(name);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** An administrator's session. */
export async function connect(server: Server, database?: string): Promise<Connection & AsyncDisposable> {
  const { createReadStream } = await import('node:fs');
  const connection = await createConnection({
    uri: server.url,
    charset: 'utf8mb4',
    multipleStatements: true,
    infileStreamFactory: (path) => createReadStream(path, { highWaterMark: 1 << 20 }),
    ...(database === undefined ? {} : { database }),
  });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.end() });
}

async function load(connection: Connection, table: string, file: string): Promise<void> {
  await connection.query(`LOAD DATA LOCAL INFILE '${file}' INTO TABLE ${table} CHARACTER SET utf8mb4`);
}

/** The URL that a user of millrace would give. */
export function millraceUrl({ kind, port }: Server, database = DATABASE): string {
  return `${kind}://root@127.0.0.1:${port}/${database}`;
}

/** The command of this checkout, as `npx millrace` would run it. */
export function millrace(...words: string[]): string[] {
  return [process.execPath, join(root, 'cli/bin.js'), ...words];
}

/** A program of this folder. */
export function ownProgram(name: string, ...words: string[]): string[] {
  return [process.execPath, join(import.meta.dirname, name), ...words];
}
