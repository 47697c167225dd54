import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { type Server, type ServerOptions, startServer } from '../services/server.ts';
import { disturb } from './chaos.ts';
import { inquest } from './inquest.ts';
import { fault, Keeper } from './keeper.ts';
import { FLOWS, HOPS, type Places, writeProject } from './project.ts';
import { startMillrace } from './runner.ts';
import { DDL, openShop, TABLES, WRITERS, type Written, write } from './shop.ts';
import { watch } from './watch.ts';

export interface SoakOptions {
  readonly seconds: number;
  /** The same deeds and statements in the same order; what falls together is the machine's. */
  readonly seed: number;
  /** The project and the processes' files. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface SoakReport {
  readonly deeds: number;
  readonly written: readonly Written[];
  readonly flows: readonly { name: string; commits: number; rows: number; endings: Record<string, number> }[];
  /** Rows of the watched table that were seen, each with a version that was not below the last. */
  readonly watched: number;
}

/**
 * A shop in MySQL changes all the time and flows over Kafka into TiDB, and from there into DuckDB and back over Kafka, while processes and
 * servers are killed. In the end the writers stop, every flow runs to its end, and both sides of each hop are compared.
 * @throws Error for a process that ended as it should not have, a version that went back, or rows that differ
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  await using stack = new AsyncDisposableStack();
  const start = async (kind: Server['kind'], flags: ServerOptions['flags'] = []) => {
    const server = await startServer(kind, { flags });
    stack.defer(() => server.stop());
    return server;
  };
  const [mysql, tidb, kafka, registry] = await Promise.all([
    start('mysql'),
    start('tidb'),
    start('kafka'),
    start('registry'),
  ]);
  const address = ({ url }: Server) => new URL(url).host;
  const places: Places = { mysql: address(mysql), tidb: address(tidb), kafka: kafka.url, registry: registry.url };
  writeProject(options.folder, places);
  await openShop(mysql.url, 'shop');
  await createDatabase(tidb.url);
  const report = await disturbed({ mysql, tidb, kafka, registry }, options);
  await finishAll(options, places);
  return report;
}

async function createDatabase(url: string): Promise<void> {
  const session = await createConnection(url);
  await session.query('CREATE DATABASE shop');
  await session.end();
}

type Servers = Readonly<Record<'mysql' | 'tidb' | 'kafka' | 'registry', Server>>;

async function disturbed(
  { mysql, tidb, kafka, registry }: Servers,
  { seconds, seed, folder, say }: SoakOptions,
): Promise<SoakReport> {
  const stop = new AbortController();
  const faults: string[] = [];
  const onFault = (what: string) => {
    faults.push(what);
    stop.abort();
  };
  const failing = <T>(work: Promise<T>) => {
    work.catch((thrown) => onFault(String((thrown as Error).stack)));
    return work;
  };
  const { signal } = stop;
  const writers = Array.from({ length: WRITERS }, (_, n) => failing(write(mysql.url, 'shop', n, seed + n, signal)));
  const keepers = FLOWS.map(({ name, manner }) => new Keeper(name, manner, folder, onFault));
  const watching = failing(watch(tidb.url, () => keepers[0]!.copiedBy, signal));
  const living = failing(stay(tidb, signal));
  const chaos = failing(disturb({ keepers, servers: [mysql, kafka, registry], say, stop: signal }, seed));
  await failing(untilFlowing(keepers, signal)).catch(() => undefined);
  say('everything flows');
  const altering = failing(alter(mysql.url, seconds, signal, say));
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  stop.abort();
  const settled = await Promise.allSettled([chaos, watching, altering, ...writers, living]);
  await Promise.all(keepers.map((keeper) => keeper.end()));
  const flows = keepers.map(({ name, commits, rows, endings }) => ({
    name,
    commits,
    rows,
    endings: Object.fromEntries(endings),
  }));
  if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${JSON.stringify(flows)}`);
  const value = (at: number) => (settled[at] as PromiseFulfilledResult<never>).value;
  return { deeds: value(0), watched: value(1), written: writers.map((_, n) => value(3 + n)), flows };
}

/** Nobody ends this server. @throws Error where it ends: what flows do may bring a server down */
async function stay({ kind, pid }: Server, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      process.kill(pid, 0);
    } catch {
      throw new Error(`${kind} has ended by itself`);
    }
    await sleep(1_000, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Every flow has brought rows. On a busy machine that takes long, and the time that was asked for begins with it. */
async function untilFlowing(keepers: readonly Keeper[], stop: AbortSignal): Promise<void> {
  const deadline = Date.now() + FLOWING_MS;
  while (!stop.aborted && keepers.some(({ rows }) => rows === 0)) {
    if (Date.now() > deadline) throw new Error(`no rows in ${FLOWING_MS / 1000} s: ${JSON.stringify(keepers)}`);
    await sleep(200);
  }
}

const FLOWING_MS = 480_000;

/** Followed statements, spread over the time. */
async function alter(url: string, seconds: number, stop: AbortSignal, say: (line: string) => void): Promise<void> {
  for (const sql of DDL) {
    await sleep((seconds * 1000) / (DDL.length + 1), undefined, { signal: stop }).catch(() => undefined);
    for (let done = false; !done && !stop.aborted; ) {
      say(sql);
      done = await altered(url, sql);
      if (!done) await sleep(500);
    }
  }
}

/** Whether it was done, now or by an attempt whose answer was lost. */
async function altered(url: string, sql: string): Promise<boolean> {
  const DONE_BEFORE = [1060, 1061];
  try {
    const session = await createConnection({ uri: url, database: 'shop' });
    session.on('error', () => undefined);
    try {
      await session.query(sql);
    } finally {
      session.destroy();
    }
    return true;
  } catch (thrown) {
    return DONE_BEFORE.includes((thrown as { errno?: number }).errno ?? 0);
  }
}

/** Nothing is killed any more: every run must end well, and every hop be equal. */
async function finishAll({ folder, say }: SoakOptions, places: Places): Promise<void> {
  for (const { name } of FLOWS) {
    const ended = await startMillrace(folder, ['sync', name]).gone;
    if (ended.how !== 0)
      throw new Error(fault(ended) ?? `sync ${name}: ${JSON.stringify(ended.finished?.error)} ${ended.said}`);
    say(`sync ${name}: ${ended.finished?.counts.read} rows`);
  }
  for (const name of HOPS) {
    const { how, out } = await told(folder, ['verify', name]);
    if (how !== 0) throw new Error(await unequal(name, `verify ${name} ended with ${how}`, out, { folder, places }));
    say(`verify ${name}: equal`);
  }
}

/** Says of each table that differs where its rows were lost or left over. */
async function unequal(
  hop: string,
  what: string,
  out: string,
  { folder, places }: { readonly folder: string; readonly places: Places },
): Promise<string> {
  const lines = [`${what}: ${out.slice(0, 2_000)}`];
  for (const table of Object.keys(TABLES)) {
    if (!out.includes(`"stream":"shop.${table}"`)) continue;
    const told = inquest(hop, table, places, folder);
    lines.push(await told.catch((thrown: unknown) => `no inquest of ${table}: ${(thrown as Error).stack}`));
  }
  return lines.join('\n');
}

async function told(folder: string, words: readonly string[]): Promise<{ how: number | NodeJS.Signals; out: string }> {
  const runner = startMillrace(folder, words);
  let out = '';
  runner.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return { how: (await runner.gone).how, out };
}
