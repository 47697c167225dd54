import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { SqlPool } from '../../connectors/sql/pool.ts';
import { makeCertificates } from '../services/certificates.ts';
import type { Certificates } from '../services/recipe.ts';
import { sharedUrl } from '../services/shared.ts';
import { configOf, run } from '../sql/pool-fixture.ts';
import type { Manners } from './manners.ts';
import { StandIn } from './stand-in.ts';

export type Cloud = 'mysql' | 'tidb';

/** Certificates in a folder of their own, removed when disposed. */
export async function testCertificates(): Promise<Certificates & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-stand-in-'));
  const certificates = await makeCertificates(folder);
  return { ...certificates, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A server, a shared one where no `url` is given, behind manners, with a user `pre_<random>.root` that has all rights, and a database of the test's own. */
export interface TestCloud extends AsyncDisposable {
  readonly standIn: StandIn;
  readonly prefix: string;
  readonly database: string;
  /** What millrace is given, TLS verified; `query` replaces the CA that is trusted. */
  url(changes?: { user?: string; password?: string; database?: string; query?: string }): string;
  /** Straight to the server, past the manners. */
  direct(...statements: string[]): Promise<void>;
  directPool(): SqlPool;
}

const PASSWORD = 'a-Long+Password 1';

export async function testCloud(
  kind: Cloud,
  certificates: Certificates,
  manners: Manners,
  server: string = sharedUrl(kind),
): Promise<TestCloud> {
  const id = randomBytes(5).toString('hex');
  const [prefix, database] = [`pre${id}`, `mr_${id}`];
  const directPool = () => new SqlPool(configOf(server), { side: 'source', emit: () => undefined });
  const direct = async (...statements: string[]) => {
    await using pool = directPool();
    await run(pool, ...statements);
  };
  const user = `'${prefix}.root'@'%'`;
  await direct(
    `CREATE DATABASE ${database} CHARACTER SET utf8mb4`,
    `CREATE USER ${user} IDENTIFIED BY '${PASSWORD}'`,
    `GRANT ALL ON *.* TO ${user}`,
  );
  const standIn = await StandIn.start({
    server,
    certificates,
    manners: { userPrefix: prefix, ...manners },
  });
  return {
    standIn,
    prefix,
    database,
    directPool,
    direct,
    url(changes = {}) {
      const {
        user: name = `${prefix}.root`,
        password = PASSWORD,
        query = `tls=verify&ca=${certificates.ca}`,
      } = changes;
      const who = `${encodeURIComponent(name)}:${encodeURIComponent(password)}`;
      return `${kind}://${who}@127.0.0.1:${standIn.port}/${changes.database ?? database}?${query}${waking(query)}`;
    },
    async [Symbol.asyncDispose]() {
      await standIn[Symbol.asyncDispose]();
      await direct(`DROP DATABASE IF EXISTS ${database}`, `DROP USER ${user}`);
    },
  };
}

/** A port of this machine that refuses is not waited for, unless it is said that somebody sleeps behind it. */
function waking(query: string): string {
  return query.includes('wake_seconds') ? '' : '&wake_seconds=120';
}

/** Collects what a run or a pool says. */
export function listener(): { events: RunEvent[]; emit: (event: RunEvent) => void } {
  const events: RunEvent[] = [];
  return { events, emit: (event) => void events.push(event) };
}
