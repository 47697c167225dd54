import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds, type ServerKind } from './services/kind.ts';
import { findTests, parseRequest, serversOf } from './services/selection.ts';
import { type Server, startServer } from './services/server.ts';
import { type Supervised, supervise } from './services/supervisor.ts';
import { Unavailable } from './services/unavailable.ts';

/** Servers of a run: where they are, and why some are not. */
interface Servers {
  readonly urls: Readonly<Record<string, string>>;
  readonly started: readonly Server[];
  readonly missing: ReadonlyMap<ServerKind, string>;
}

/** `npm test [-- --unit] [FILE|FOLDER|GLOB...] [--flag-of-node=...]`; gives the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const request = parseRequest(words);
  const files = findTests(request);
  const servers = await startServers(new Set(files.flatMap(serversOf)));
  try {
    const left = files.filter((file) => serversOf(file).some((kind) => servers.missing.has(kind)));
    if (left.length > 0) report(left, servers.missing);
    if (left.length > 0 && process.env.CI === 'true') return 1;
    const kept = files.filter((file) => !left.includes(file));
    return kept.length === 0 ? nothingToRun(left) : await runNode(kept, request.flags, servers.urls);
  } finally {
    await Promise.all(servers.started.map((server) => server.stop()));
  }
}

async function startServers(wanted: ReadonlySet<ServerKind>): Promise<Servers> {
  const urls: Record<string, string> = {};
  const started: Server[] = [];
  const missing = new Map<ServerKind, string>();
  const settle = async (kind: ServerKind) => {
    const { variable } = kinds[kind];
    if (process.env[variable]) return;
    try {
      const server = await startServer(kind);
      started.push(server);
      urls[variable] = server.url;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      missing.set(kind, error.message);
    }
  };
  const results = await Promise.allSettled([...wanted].map(settle));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return { urls, started, missing };
  await Promise.all(started.map((server) => server.stop()));
  throw failure.reason;
}

/** Before the tests, for node's own summary is to be the last that is read. */
function report(left: readonly string[], missing: ReadonlyMap<ServerKind, string>): void {
  const reasons = [...missing.values()].map((reason) => `  ${reason}`);
  const names = left.map((file) => `  ${file}`);
  const title = `NOT RUN: ${left.length} test file${left.length === 1 ? '' : 's'}, for servers that cannot be had`;
  process.stderr.write([title, ...reasons, 'The files left out:', ...names, '', ''].join('\n'));
}

/** A run of no test is no success. */
function nothingToRun(left: readonly string[]): number {
  process.stderr.write(left.length > 0 ? 'No test was run.\n' : 'No test file was found.\n');
  return 1;
}

/** A test or file that takes longer hangs: it fails, and the run goes on. The long forms ask for more by a flag of their own. */
const HUNG_MS = 900_000;

async function runNode(
  files: readonly string[],
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;
  const command = [process.execPath, '--test', concurrency, `--test-timeout=${HUNG_MS}`, ...flags, ...files];
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const run = await supervise(command, folder, { cwd: process.cwd(), env, output: 'inherit' });
  const interrupted = passOnSignals(run);
  try {
    const status = await run.exited;
    return interrupted() ?? status;
  } finally {
    await run.end();
  }
}

/**
 * node's runner ends its tests, prints what it has, and exits; the servers are stopped after it.
 * @returns what says whether a signal came: the exit code that it stands for
 */
function passOnSignals(run: Supervised): () => number | undefined {
  let code: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      code ??= 128 + constants.signals[signal];
      run.kill(signal);
    });
  }
  return () => code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
