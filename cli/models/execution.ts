import { join } from 'node:path';
import { asMillraceError, type RunEvent } from '../../connectors/contract/index.ts';
import type { Adapter } from '../../transforms/adapter/adapter.ts';
import { openAdapter } from '../../transforms/adapter/open.ts';
import { Compilation, RenderSession } from '../../transforms/context/index.ts';
import type { ResourceType } from '../../transforms/graph/node.ts';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import type { ModelEvent, ModelsFinished, NodeEnded, NodeInfo } from '../../transforms/run/event.ts';
import { hookIds } from '../../transforms/run/hook-order.ts';
import { runModels } from '../../transforms/run/models-run.ts';
import { NodeSession } from '../../transforms/run/node-session.ts';
import { planRun } from '../../transforms/run/plan.ts';
import { readPreviousRun } from '../../transforms/run/previous-run.ts';
import { ProjectRunner } from '../../transforms/run/project-runner.ts';
import type { BatchResults } from '../../transforms/run/result.ts';
import { runResultsJson, writeArtifact } from '../../transforms/run/run-results.ts';
import { runnableNode } from '../../transforms/run/runnable.ts';
import { createSchemas } from '../../transforms/run/schemas.ts';
import { unservedConfigs } from '../../transforms/run/unserved.ts';
import type { Invocation, Options } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { errorText } from '../output/error.ts';
import { type ModelRenderer, modelRenderer } from '../output/model-lines.ts';
import { modelSummary } from '../output/model-summary.ts';
import { maskText, maskValue } from '../output/secret.ts';
import { type Stopping, stopOnSignals } from '../signal.ts';
import { invocationOf } from './artifact.ts';
import { CompiledFiles } from './compiled-files.ts';
import { writeManifest } from './manifest-file.ts';
import { type OpenModels, openModels } from './opening.ts';
import { selectNodes } from './selecting.ts';
import { deferral } from './state.ts';
import { askedSpan, sampleSpan } from './windows.ts';

/** What a verb runs. */
export interface ModelVerb {
  /** dbt's name of it. */
  readonly which: string;
  readonly types: readonly ResourceType[];
  /** What is built waits for the tests of what it is made from. */
  readonly testsBetween: boolean;
}

/** What is done with an open project; gives the terminal event. */
export type ModelWork = (invocation: Invocation, show: Shown, stopping: Stopping) => Promise<ModelsFinished>;

/** Runs nodes of the project and leaves `run_results.json`. */
export function executeModels(invocation: Invocation, verb: ModelVerb): Promise<ExitCode> {
  return execute(invocation, verb.which, (own, show, stopping) => runVerb(own, verb, show, stopping));
}

/** Shows what happens in work on a project, and gives dbt's exit code: 0, 1, or 2 where nothing could run. */
export async function execute(invocation: Invocation, command: string, work: ModelWork): Promise<ExitCode> {
  const { terminal, options } = invocation;
  const json = options.json === true || options.logFormat === 'json';
  const shown = modelRenderer(terminal, { json, quiet: options.quiet === true });
  using stopping = stopOnSignals((line) => options.quiet || terminal.err.write(`${line}\n`));
  const show = new Shown(shown);
  let finished: ModelsFinished;
  try {
    finished = await work(invocation, show, stopping);
  } catch (thrown) {
    finished = neverRan(command, thrown);
  } finally {
    shown.close();
  }
  if (json) shown.event(finished);
  else tellEnd(invocation, finished, show.ended);
  return exitOf(finished, stopping);
}

/** Passes events on, and remembers results for the summary. */
export class Shown {
  readonly ended: NodeEnded[] = [];
  readonly #renderer: ModelRenderer;

  constructor(renderer: ModelRenderer) {
    this.#renderer = renderer;
  }

  readonly emit = (event: ModelEvent): void => {
    if (event.event === 'result') this.ended.push(event);
    this.#renderer.event(event);
  };

  message(level: 'info' | 'warn' | 'print', message: string): void {
    this.emit({ event: 'message', at: new Date().toISOString(), level, message });
  }
}

/** What `retry` takes up of an earlier run. */
export interface Again {
  /** These nodes, whatever the command line selects. */
  readonly only: ReadonlySet<string>;
  readonly batches: ReadonlyMap<string, BatchResults>;
  readonly startedAt: Date | undefined;
}

export async function runVerb(
  invocation: Invocation,
  verb: ModelVerb,
  show: Shown,
  stopping: Stopping,
  again?: Again,
): Promise<ModelsFinished> {
  const opened = await openModels(
    invocation,
    verb.which,
    (kind, message) => kind !== 'log' && show.message(kind, message),
  );
  const { project, engine, profile, root, options } = opened;
  const nodes = nodesOf(opened, verb, show, options, again?.only);
  for (const { message, at } of project.problems.notes)
    show.message('warn', at === undefined ? message : `${message} (${at})`);
  const plan = planRun(project.graph, new Set(nodes.map(({ unique_id }) => unique_id)), { tests: verb.testsBetween });
  const asked = askedSpan(options);
  const sample = sampleSpan(options, opened.startedAt);
  await using adapter = await openAdapter(profile, {
    root,
    emit: (event) => note(event, show),
    signal: stopping.abort,
  });
  const deferred = await deferredIn(opened, plan.ids, adapter, stopping.abort);
  const limit = options.empty ? 0 : null;
  const session = new RenderSession({
    project,
    engine,
    selected: plan.ids,
    limit,
    ...(sample && { sample }),
    ...(deferred && { deferred }),
  });
  const compilation = new Compilation(session);
  const files = new CompiledFiles(opened);
  for (const line of unservedConfigs(nodes, project, adapter.type)) show.message('warn', line);
  const runner = new ProjectRunner({
    project,
    compilation,
    adapter,
    fullRefresh: options.fullRefresh === true,
    warnError: options.warnError === true,
    storeFailures: options.storeFailures === true,
    batching: {
      ...(asked === undefined && sample === undefined ? {} : { asked: sample ?? asked! }),
      now: again?.startedAt ?? opened.startedAt,
      previous: again?.batches ?? new Map(),
    },
    keepCompiled: (node, code) => files.keep(node, code),
    compiledFile: (node) => files.shown(node),
  });
  if (nodes.length > 0) await createSchemas(adapter, nodes, options.storeFailures === true, stopping.abort);
  const begun = performance.now();
  const { results, finished } = await runModels(
    {
      id: opened.id,
      command: verb.which,
      target: profile.target,
      threads: profile.threads,
      failFast: options.failFast === true,
      plan,
      infoOf: (id) => infoOf(runnableNode(project.manifest, id)!),
      hooks: nodes.length === 0 ? { start: [], end: [] } : hookIds(project.manifest),
      skipAfterFailedStart: opened.skipAfterFailedStart,
      runHook: (id, before) => runner.hook(id, before, stopping.abort),
      run: runner.run,
      compiledFile: (id) => files.shown(runnableNode(project.manifest, id)!),
      weightOf: weights(opened),
      awakeSeconds: () => adapter.awakeSeconds,
    },
    { emit: show.emit, drain: stopping.drain, abort: stopping.abort },
  );
  if (nodes.length > 0) writeResults(opened, results, (performance.now() - begun) / 1000);
  writeManifest(opened, await compilation.done());
  return maskValue(finished);
}

async function deferredIn(opened: OpenModels, ids: readonly string[], adapter: Adapter, signal: AbortSignal) {
  await using asking = new NodeSession(adapter, async () => undefined, signal);
  return await deferral(opened, { selected: new Set(ids), building: true, session: asking.get });
}

/** What runs, of what is selected: ephemeral models become parts of others. */
function nodesOf(
  opened: OpenModels,
  { types }: ModelVerb,
  show: Shown,
  options: Options,
  only: ReadonlySet<string> | undefined,
): ManifestNode[] {
  const { ids, unmatched } = selectNodes(opened, only === undefined ? options : {}, types);
  for (const term of options.select === undefined ? [] : unmatched)
    show.message('warn', `nothing is selected by "${term}"`);
  const chosen = [...ids].filter((id) => only?.has(id) ?? true);
  const nodes = chosen.map((id) => runnableNode(opened.project.manifest, id)!);
  return nodes.filter(({ config }) => config.materialized !== 'ephemeral');
}

function infoOf({
  unique_id: id,
  name,
  resource_type: type,
  config,
  schema,
  alias,
  relation_name,
  original_file_path: file,
}: ManifestNode): NodeInfo {
  const { materialized } = config;
  return {
    id,
    name,
    type,
    file,
    ...(typeof materialized === 'string' ? { materialized } : {}),
    ...(relation_name === null ? {} : { relation: `${schema}.${alias}` }),
  };
}

/** What the database's connection says while it wakes up and tries again. */
export function note(event: RunEvent, show: Shown): void {
  if (event.event === 'notice') show.message('info', event.message);
  if (event.event === 'retry') show.message('info', `${event.error.message}; try ${event.attempt}`);
}

/** The seconds of the last run, where there was one that can be read; of others a guess that orders by the length of the way. */
function weights({ target }: OpenModels): (id: string) => number {
  try {
    const seconds = readPreviousRun(join(target.path, 'run_results.json'))?.seconds;
    return (id) => seconds?.get(id) ?? 1;
  } catch {
    return () => 1;
  }
}

/** What `retry` and dbt's own tools read. */
export function writeResults(
  opened: OpenModels,
  results: Parameters<typeof runResultsJson>[0]['results'],
  elapsed: number,
): void {
  const { args, target } = opened;
  const invocation = invocationOf(opened);
  const plain = Object.fromEntries([...args].map(([name, value]) => [name, value]));
  const content = runResultsJson({ invocation, results, elapsed, args: maskValue(plain) }, new Date());
  writeArtifact(join(target.path, 'run_results.json'), content);
}

function neverRan(command: string, thrown: unknown): ModelsFinished {
  const error = maskValue(asMillraceError(thrown).envelope());
  return {
    event: 'finished',
    at: new Date().toISOString(),
    run: '',
    command,
    status: 'failed',
    seconds: 0,
    awakeSeconds: 0,
    counts: {},
    error,
  };
}

function tellEnd({ terminal, options }: Invocation, finished: ModelsFinished, ended: readonly NodeEnded[]): void {
  if (finished.run === '' && finished.error !== undefined) {
    terminal.err.write(`${errorText(terminal, finished.error)}\n`);
    return;
  }
  if (options.quiet && finished.status === 'ok') return;
  terminal.err.write(`${maskText(modelSummary(terminal, finished, ended))}\n`);
}

function exitOf(finished: ModelsFinished, stopping: Stopping): ExitCode {
  const signal = stopping.exit();
  if (finished.status === 'ok') return EXIT.ok;
  if (signal !== undefined) return signal;
  return finished.run === '' ? EXIT.usage : EXIT.failed;
}
