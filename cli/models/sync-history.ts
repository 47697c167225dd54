import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LocalState, type RunRecord } from '../../connectors/state/index.ts';
import { sqlConfig } from '../../transforms/adapter/open.ts';
import type { SourceNode } from '../../transforms/project/manifest.ts';
import type { Profile } from '../../transforms/project/profile.ts';
import type { Invocation } from '../command.ts';
import { type Connection, findProjectFile, loadProject } from '../config/project.ts';

/** The newest runs of a pipeline that are looked through for a table. */
const RUNS = 100;

/** Until when a pipeline of millrace.yaml has brought the rows of a table, by its own history: no database is asked (invariant 8). */
export class SyncHistory {
  readonly #runs: readonly RunRecord[];
  /** Names of pipelines that write where the profile reads. */
  readonly pipelines: readonly string[];

  private constructor(pipelines: readonly string[], runs: readonly RunRecord[]) {
    this.pipelines = pipelines;
    this.#runs = runs;
  }

  /** @throws MillraceError `config.invalid` for a millrace.yaml that cannot be read */
  static read({ options, terminal }: Invocation, { profile, root }: { profile: Profile; root: string }): SyncHistory {
    const path = findProjectFile(root, options.project);
    if (path === undefined) return new SyncHistory([], []);
    const project = loadProject(path, root, terminal.env);
    const wanted = addressOfProfile(profile, root);
    const entries = [...project.pipelines].filter(
      ([, { to }]) => addressOf(project.connections.get(to), project.folder) === wanted,
    );
    const pipelines = entries.map(([name, { via }]) => (via === undefined ? name : `${name}/destination`));
    const file = join(dirname(path), '.millrace', 'state.db');
    if (pipelines.length === 0 || !existsSync(file)) return new SyncHistory(pipelines, []);
    using state = new LocalState(file, (message) => terminal.err.write(`${message}\n`));
    return new SyncHistory(
      pipelines,
      pipelines.flatMap((name) => state.runs(RUNS, name)),
    );
  }

  /**
   * A run that has read a table to its end has brought what was there when it began; one that followed the changes, what was there
   * when it ended. Undefined: no run has.
   */
  loadedAt({ schema, identifier }: SourceNode): { readonly at: Date; readonly pipeline: string } | undefined {
    const table = `${schema}.${identifier}`.toLowerCase();
    const found = this.#runs.flatMap(({ name, started, outcome }) => {
      const done = outcome?.streams.some(
        (stream) => stream.table.toLowerCase() === table && isRead(stream.status, outcome.followed),
      );
      return done ? [{ at: new Date(outcome?.followed ? outcome.at : started), pipeline: name }] : [];
    });
    return found.sort((one, other) => other.at.getTime() - one.at.getTime())[0];
  }
}

function isRead(status: string, followed: true | undefined): boolean {
  return status === 'done' || (followed === true && status === 'stopped');
}

/** Where rows lie: a file, or a server. Undefined: no such place. */
function addressOf(connection: Connection | undefined, folder: string): string | undefined {
  const { host, port, path } = (connection?.config ?? {}) as { host?: string; port?: number; path?: string };
  if (path !== undefined) return resolve(folder, path);
  return host === undefined ? undefined : `${host.toLowerCase()}:${port}`;
}

function addressOfProfile(profile: Profile, root: string): string {
  if (profile.type === 'duckdb') return resolve(root, String(profile.fields.get('path') ?? ':memory:'));
  const { host, port } = sqlConfig(profile, root);
  return `${host.toLowerCase()}:${port}`;
}
