import { resolve } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import type { Adapter } from '../../transforms/adapter/adapter.ts';
import { openAdapter } from '../../transforms/adapter/open.ts';
import { Compilation, RenderSession } from '../../transforms/context/index.ts';
import type { SourceNode } from '../../transforms/project/manifest.ts';
import type { ModelsFinished } from '../../transforms/run/event.ts';
import { ageOf, askLoaded, type Criteria, criteriaOf, type Loaded, statusOf } from '../../transforms/run/freshness.ts';
import { hookIds } from '../../transforms/run/hook-order.ts';
import { runModels } from '../../transforms/run/models-run.ts';
import { runNode } from '../../transforms/run/node-run.ts';
import { NodeSession } from '../../transforms/run/node-session.ts';
import { ProjectRunner } from '../../transforms/run/project-runner.ts';
import { QueryComment } from '../../transforms/run/query-comment.ts';
import type { NodeResult } from '../../transforms/run/result.ts';
import { writeArtifact } from '../../transforms/run/run-results.ts';
import { type SourceResult, sourcesJson } from '../../transforms/run/sources-json.ts';
import type { Invocation } from '../command.ts';
import { formatDuration } from '../output/format.ts';
import { maskValue } from '../output/secret.ts';
import type { Stopping } from '../signal.ts';
import { invocationOf } from './artifact.ts';
import { note, type Shown } from './execution.ts';
import { writeManifest } from './manifest-file.ts';
import { type OpenModels, openModels } from './opening.ts';
import { selectNodes } from './selecting.ts';
import { SyncHistory } from './sync-history.ts';

interface Asked {
  readonly source: SourceNode;
  readonly criteria: Criteria;
}

/** Asks how fresh sources are, and leaves `sources.json`. */
export async function runFreshness(invocation: Invocation, show: Shown, stopping: Stopping): Promise<ModelsFinished> {
  const opened = await openModels(
    invocation,
    'freshness',
    (kind, message) => kind !== 'log' && show.message(kind, message),
  );
  for (const { message, at } of opened.project.problems.notes)
    show.message('warn', at === undefined ? message : `${message} (${at})`);
  const asked = askedOf(opened);
  await using database = new Database(opened, show, stopping.abort);
  const desk = new Desk(opened, asked, database, invocation);
  const begun = performance.now();
  const { profile, options, target } = opened;
  const { results, finished } = await runModels(
    {
      id: opened.id,
      command: 'source freshness',
      target: profile.target,
      threads: profile.threads,
      failFast: false,
      plan: { ids: [...asked.keys()], needs: () => [] },
      infoOf: (id) => infoOf(asked.get(id)!.source),
      hooks: asked.size === 0 ? { start: [], end: [] } : hookIds(opened.project.manifest),
      skipAfterFailedStart: opened.skipAfterFailedStart,
      runHook: desk.hook,
      run: desk.ask,
      compiledFile: () => undefined,
      awakeSeconds: () => database.awakeSeconds,
    },
    { emit: show.emit, drain: stopping.drain, abort: stopping.abort },
  );
  const path =
    options.output === undefined ? `${target.path}/sources.json` : resolve(invocation.terminal.cwd, options.output);
  const content = sourcesJson(desk.told(results), invocationOf(opened), (performance.now() - begun) / 1000, new Date());
  writeArtifact(path, maskValue(content));
  writeManifest(opened);
  return maskValue(finished);
}

/** Sources that are selected and say how fresh they have to be, by unique id. */
function askedOf(opened: OpenModels): Map<string, Asked> {
  const { ids } = selectNodes(opened, opened.options, ['source']);
  const asked = new Map<string, Asked>();
  for (const id of [...ids].sort()) {
    const source = opened.project.manifest.sources.get(id)!;
    const criteria = criteriaOf(source);
    if (criteria !== undefined) asked.set(id, { source, criteria });
  }
  return asked;
}

function infoOf({ unique_id: id, source_name, name, original_file_path: file }: SourceNode) {
  return { id, name: `${source_name}.${name}`, type: 'source', file } as const;
}

/** The database of the target, connected to when a source first needs it. */
class Database implements AsyncDisposable {
  readonly #opened: OpenModels;
  readonly #show: Shown;
  readonly signal: AbortSignal;
  #adapter: Promise<Adapter> | undefined;
  #known: Adapter | undefined;

  constructor(opened: OpenModels, show: Shown, signal: AbortSignal) {
    this.#opened = opened;
    this.#show = show;
    this.signal = signal;
  }

  get awakeSeconds(): number {
    return this.#known?.awakeSeconds ?? 0;
  }

  async adapter(): Promise<Adapter> {
    const { profile, root } = this.#opened;
    this.#adapter ??= openAdapter(profile, { root, emit: (event) => note(event, this.#show), signal: this.signal });
    this.#known = await this.#adapter;
    return this.#known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const adapter = await this.#adapter?.catch(() => undefined);
    await adapter?.[Symbol.asyncDispose]();
  }
}

/** What dbt's results say of the query. */
const ASKED = { _message: 'SELECT 1', code: 'SELECT', rows_affected: 1 };

function hasQuery({ loaded_at_field: field, loaded_at_query: query }: SourceNode): boolean {
  return field !== null || query !== null;
}

/** Asks one source after the other, each where its times can be had. */
class Desk {
  readonly #asked: ReadonlyMap<string, Asked>;
  readonly #database: Database;
  readonly #compilation: Compilation;
  readonly #comment: QueryComment;
  readonly #readHistory: () => SyncHistory;
  readonly #loaded = new Map<string, Loaded>();
  #history: SyncHistory | undefined;

  constructor(opened: OpenModels, asked: ReadonlyMap<string, Asked>, database: Database, invocation: Invocation) {
    const { project, engine } = opened;
    this.#asked = asked;
    this.#database = database;
    this.#compilation = new Compilation(new RenderSession({ project, engine, selected: [...asked.keys()] }));
    this.#comment = new QueryComment(this.#compilation);
    this.#readHistory = () => SyncHistory.read(invocation, opened);
  }

  readonly ask = async (id: string, thread: number, signal: AbortSignal): Promise<NodeResult> => {
    const { source, criteria } = this.#asked.get(id)!;
    const result = await runNode(id, thread, {
      compile: async () => ({}),
      execute: async () => {
        const loaded = await this.#load(source, criteria, signal);
        this.#loaded.set(id, loaded);
        const status = statusOf(criteria, ageOf(loaded));
        const never = loaded.loadedAt.getUTCFullYear() === 1;
        const age = never ? 'it has no rows' : `the newest row is ${formatDuration(ageOf(loaded))} old`;
        return { status, message: status === 'pass' ? null : age, response: hasQuery(source) ? ASKED : {} };
      },
    });
    // An `error` is a source that is too old; one that could not be asked is this.
    return result.error === undefined ? result : { ...result, status: 'runtime error' };
  };

  /** As with any verb of dbt that runs something, also where the history alone is read. */
  readonly hook = async (id: string, results: readonly NodeResult[]): Promise<NodeResult> => {
    const adapter = await this.#database.adapter();
    const nothing = { keepCompiled: async () => undefined, compiledFile: () => undefined };
    const flags = { fullRefresh: false, warnError: false, storeFailures: false };
    const batching = { now: new Date(), previous: new Map() };
    const { project } = this.#compilation.session;
    const runner = new ProjectRunner({
      project,
      compilation: this.#compilation,
      adapter,
      batching,
      ...flags,
      ...nothing,
    });
    return await runner.hook(id, results, this.#database.signal);
  };

  async #load(source: SourceNode, criteria: Criteria, signal: AbortSignal): Promise<Loaded> {
    if (!hasQuery(source)) return this.#fromHistory(source);
    const adapter = await this.#database.adapter();
    await using session = new NodeSession(adapter, () => this.#comment.of(undefined), signal);
    return await askLoaded(source, criteria, { adapter, compilation: this.#compilation, session: session.get });
  }

  #fromHistory(source: SourceNode): Loaded {
    this.#history ??= this.#readHistory();
    const found = this.#history.loadedAt(source);
    if (found !== undefined) return { loadedAt: found.at, askedAt: new Date() };
    const { pipelines } = this.#history;
    const none =
      pipelines.length === 0
        ? 'no pipeline of a millrace.yaml writes into this target'
        : `no run of ${pipelines.join(', ')} has filled it on this machine`;
    throw millraceError(
      'model.invalid',
      `${source.source_name}.${source.name} has no \`loaded_at_field\`, and ${none}`,
      {
        at: source.original_file_path,
        fix: 'Name the column that says when a row came, or let a pipeline fill the table.',
      },
    );
  }

  told(results: readonly NodeResult[]): SourceResult[] {
    return results
      .filter(({ id, status }) => this.#asked.has(id) && status !== 'skipped')
      .map((result) => ({ ...this.#asked.get(result.id)!, result, loaded: this.#loaded.get(result.id) }));
  }
}
