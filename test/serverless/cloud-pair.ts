import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import type { Finding, RunEvent } from '../../connectors/contract/index.ts';
import { query } from '../../connectors/sql/query.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { checkPipeline } from '../../connectors/sync/index.ts';
import { type VerifyReport, verifyPipeline } from '../../connectors/sync/verify.ts';
import { never, openPipeline, type Ran, runOnce, type TestRun } from '../pipeline.ts';
import type { Certificates } from '../services/recipe.ts';
import { type Cloud, type TestCloud, testCloud } from '../stand-in/fixture.ts';
import type { Manners } from '../stand-in/manners.ts';

/** A pipeline between two stand-ins. */
export interface CloudPair extends AsyncDisposable {
  readonly source: TestCloud;
  readonly target: TestCloud;
  readonly ends: { readonly id: string; readonly from: string; readonly to: string };
  sync(config?: Partial<PipelineConfig>, options?: TestRun): Promise<Ran>;
  verify(): Promise<VerifyReport & { readonly events: readonly RunEvent[] }>;
  check(): Promise<{ readonly findings: readonly Finding[]; readonly events: readonly RunEvent[] }>;
  /** Throws where the target's tables do not hold what the source's do, looked at past the manners. */
  assertEqual(): Promise<void>;
}

export interface CloudPairOptions {
  readonly from: Cloud;
  readonly to: Cloud;
  /** URLs of servers to use in place of the shared ones. */
  readonly servers?: Partial<Record<Cloud, string>>;
  readonly source?: Manners;
  readonly target?: Manners;
  /** Rows of the largest table. */
  readonly rows?: number;
  /** Added to the URLs: settings of the connections. */
  readonly query?: string;
}

/** Makes both, with tables at the source: one with a numeric key, one with a text key, one without any. */
export async function cloudPair(certificates: Certificates, options: CloudPairOptions): Promise<CloudPair> {
  const { from, to, source: sourceManners = {}, target: targetManners = {}, rows = 2000, servers = {} } = options;
  const source = await testCloud(from, certificates, sourceManners, servers[from]);
  const target = await testCloud(to, certificates, targetManners, servers[to]);
  await seed(source, rows);
  const settings = `tls=verify&ca=${certificates.ca}${options.query === undefined ? '' : `&${options.query}`}`;
  const ends = { id: randomUUID(), from: source.url({ query: settings }), to: target.url({ query: settings }) };
  const whole = (config: Partial<PipelineConfig> = {}): PipelineConfig => ({
    streams: [`${source.database}.*`],
    ...config,
  });
  const looking = async <T>(look: (pipeline: ReturnType<typeof openPipeline>) => Promise<T>) => {
    const events: RunEvent[] = [];
    await using pipeline = openPipeline(ends, whole(), (event) => events.push(event));
    return { found: await look(pipeline), events };
  };
  return {
    source,
    target,
    ends,
    sync: (config, run) => runOnce(ends, whole(config), run),
    async verify() {
      const { found, events } = await looking((pipeline) => verifyPipeline(pipeline, {}, never));
      return { ...found, events };
    },
    async check() {
      const { found, events } = await looking((pipeline) => checkPipeline(pipeline, never));
      return { findings: found, events };
    },
    async assertEqual() {
      for (const table of ['numbered', 'named', 'plain']) {
        assert.deepEqual(await content(target, table), await content(source, table), table);
      }
    },
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}

/** Ten, hundred, thousand rows and so on from ten. */
const digits = (name: string) =>
  `(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) ${name}`;

async function seed({ direct, database }: TestCloud, rows: number): Promise<void> {
  const places = ['a', 'b', 'c', 'd', 'e', 'f'];
  const number = places.map((place, i) => `${place}.d * ${10 ** i}`).join(' + ');
  const numbers = `SELECT ${number} AS n FROM ${places.map(digits).join(', ')} WHERE ${number} < ${rows}`;
  await direct(
    `CREATE TABLE ${database}.numbered (id BIGINT PRIMARY KEY, note VARCHAR(200), amount DECIMAL(12, 2), made DATETIME(6))`,
    `CREATE TABLE ${database}.named (name VARCHAR(40), part INT, price DOUBLE, PRIMARY KEY (name, part))`,
    `CREATE TABLE ${database}.plain (a INT, b TEXT)`,
    `INSERT INTO ${database}.numbered SELECT n * 3, REPEAT(CONCAT('row ', n, ' '), 4), n / 7, '2024-01-01' + INTERVAL n SECOND FROM (${numbers}) x`,
    `INSERT INTO ${database}.named SELECT CONCAT('name ', n % 97), n, n / 3 FROM (${numbers}) x WHERE n < 1000`,
    `INSERT INTO ${database}.plain SELECT n, CONCAT('text ', n) FROM (${numbers}) x WHERE n < 300`,
  );
}

/** A table's rows, whatever their order: how many, and the sum of their hashes. */
async function content({ database, directPool }: TestCloud, table: string): Promise<{ rows: number; sum: bigint }> {
  await using pool = directPool();
  await using lease = await pool.lease('read', never);
  const rows = await query(lease.session, `SELECT * FROM ${database}.${table}`);
  const hash = (row: unknown) => BigInt(`0x${createHash('sha256').update(JSON.stringify(row)).digest('hex')}`);
  return { rows: rows.length, sum: rows.reduce((sum, row) => sum + hash(row), 0n) };
}

/** Events that tell of something gone wrong, even if it was mended. */
export function troubles(events: readonly RunEvent[]): RunEvent[] {
  return events.filter(
    (event) =>
      event.event === 'retry' || event.event === 'rejected' || (event.event === 'stream' && event.error !== undefined),
  );
}

/** Codes of the notices, in order. */
export function notices(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.event === 'notice' ? [event.code] : []));
}
