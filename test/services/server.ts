import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasDocker, startContainer } from './docker.ts';
import { kinds, type ServerKind } from './kind.ts';
import { freePort } from './port.ts';
import { untilReady, withinStopTime } from './readiness.ts';
import { assertKept, type Certificates, type Recipe, type Runner, type Wanted } from './recipe.ts';
import { kafka } from './recipes/kafka.ts';
import { mariadb } from './recipes/mariadb.ts';
import { mysql } from './recipes/mysql.ts';
import { dbt, python } from './recipes/python.ts';
import { registry } from './recipes/registry.ts';
import { tidb } from './recipes/tidb.ts';
import { supervise } from './supervisor.ts';
import { Unavailable } from './unavailable.ts';
import { startBest } from './way.ts';

const recipes: Readonly<Record<ServerKind, Recipe>> = { tidb, mysql, mariadb, kafka, registry, python, dbt };

export interface ServerOptions {
  /** A free port by default. */
  readonly port?: number;
  /** Added after the usual ones, so that they win: command-line flags, or `name=value` lines for Kafka. */
  readonly flags?: readonly string[];
  /** What a SQL server shows and checks its clients by; see `makeCertificates`. */
  readonly tls?: Certificates;
}

/** A running server that belongs to this process and ends with it, however it ends. */
export interface Server {
  readonly kind: ServerKind;
  readonly url: string;
  readonly port: number;
  /** The server's own process; another one after a restart. */
  readonly pid: number;
  /** Ends the server at once and removes its data. */
  stop(): Promise<void>;
  /** Sends a signal to the server; its data and port stay, for `restart`. */
  kill(signal: NodeJS.Signals): void;
  /**
   * Ends the server if it still runs, and starts it on the same port and data.
   * TiDB waits up to 15 s for open transactions, and cannot be restarted after SIGKILL.
   */
  restart(): Promise<void>;
}

/**
 * Starts a server for the caller alone, on a free port with empty data: by Docker where an engine answers,
 * else from this machine's package registries.
 * @throws Unavailable where this machine cannot have it; Error with the end of its log where it does not start
 */
export async function startServer(kind: ServerKind, options: ServerOptions = {}): Promise<Server> {
  const { flags = [], tls } = options;
  if (tls !== undefined && (kind === 'kafka' || kind === 'registry' || kind === 'python' || kind === 'dbt')) {
    throw new TypeError(`${kind} takes its TLS settings as flags`);
  }
  const port = options.port ?? (await freePort());
  const wanted = { port, flags, tls };
  const ways = {
    hasDocker,
    container: () => startImage(kind, wanted),
    installed: () => startProcess(kind, wanted),
  };
  const runner = await startBest(ways, (line) => process.stderr.write(`${line}\n`));
  return {
    kind,
    port,
    url: kinds[kind].url(port),
    get pid() {
      return runner.pid();
    },
    kill: runner.kill,
    stop: runner.stop,
    restart: runner.restart,
  };
}

function startImage(kind: ServerKind, wanted: Wanted): Promise<Runner> {
  return startContainer(recipes[kind], wanted).catch(asUnavailable(kind));
}

function asUnavailable(kind: ServerKind): (cause: unknown) => never {
  return (cause) => {
    throw cause instanceof Unavailable ? cause : new Unavailable(kind, (cause as Error).message, cause);
  };
}

async function startProcess(kind: ServerKind, wanted: Wanted): Promise<Runner> {
  const recipe = recipes[kind];
  const installed = await recipe.install().catch(asUnavailable(kind));
  const folder = await mkdtemp(join(tmpdir(), `millrace-${kind}-`));
  const settings = { ...wanted, folder };
  await recipe.prepare(installed, settings);
  const start = async () => {
    const { command, env = {} } = await recipe.launch(installed, settings);
    const started = await supervise(command, folder, { env });
    await untilReady(() => recipe.ready(settings.port), started.exited).catch(async (cause) => {
      const log = await readFile(join(folder, 'log'), 'utf8');
      await started.end();
      throw new Error(`${kind}: ${cause.message}. The end of its log:\n${log.slice(-3_000)}`);
    });
    return started;
  };
  let run = await start();
  return {
    pid: () => run.pid,
    kill: (signal) => run.kill(signal),
    stop: () => run.end(),
    async restart() {
      run.kill(recipe.endBy);
      assertKept(recipe, await withinStopTime(run.exited));
      await run.end('keep');
      run = await start();
    },
  };
}
