import { join, resolve } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import type { AdapterSession } from '../../transforms/adapter/adapter.ts';
import type { SessionOptions } from '../../transforms/context/index.ts';
import { macroCalls } from '../../transforms/context/macro-calls.ts';
import type { PreviousState, StateMacro, StateNode } from '../../transforms/graph/state.ts';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import { relationOf } from '../../transforms/run/model-build.ts';
import { readManifest, readPreviousState } from '../../transforms/run/previous-state.ts';
import type { OpenModels } from './opening.ts';

const read = new WeakMap<OpenModels, PreviousState>();

/** What `--state` names, read once; undefined where it names nothing. @throws MillraceError `project.artifact` */
export function previousState(opened: OpenModels, folder: string | undefined): PreviousState | undefined {
  if (folder === undefined) return undefined;
  const known =
    read.get(opened) ?? readPreviousState(resolve(opened.root, folder), opened.target.path, () => macrosOf(opened));
  read.set(opened, known);
  return known;
}

function macrosOf({ project, engine }: OpenModels): ReadonlyMap<string, StateMacro> {
  const { library } = engine.scope;
  const macros = [...project.manifest.macros.values()];
  return new Map(
    macros.map((macro) => [
      macro.unique_id,
      { macro_sql: macro.macro_sql, depends_on: { macros: macroCalls(macro, library) } },
    ]),
  );
}

export interface Deferring {
  /** Nodes that are selected; with `building` they are there before anything refers to them. */
  readonly selected: ReadonlySet<string>;
  readonly building: boolean;
  /** Asks which nodes are there; undefined: none is. */
  readonly session: (() => Promise<AdapterSession>) | undefined;
}

/**
 * Where `--defer` leads references: to the place that the manifest of `--state` has for a node that is not in its own, or, with
 * `--favor-state`, is not selected. Undefined where nothing is deferred.
 * @throws MillraceError `select.invalid` without a state, `project.artifact`
 */
export async function deferral(opened: OpenModels, deferring: Deferring): Promise<SessionOptions['deferred']> {
  const { options, root, project } = opened;
  if (options.defer !== true) return undefined;
  const before = deferState(root, options.deferState ?? options.state);
  const places = new Map<string, NonNullable<ReturnType<NonNullable<SessionOptions['deferred']>>>>();
  for (const node of project.manifest.nodes.values()) {
    const found = before.get(node.unique_id);
    if (found === undefined || !isReferable(node) || found.config?.materialized === 'ephemeral') continue;
    if (await isDeferred(node, opened, deferring)) places.set(node.unique_id, placeOf(found));
  }
  return (node) => places.get(node.unique_id);
}

function deferState(root: string, folder: string | undefined): ReadonlyMap<string, StateNode> {
  const fix = 'Name the folder of an earlier manifest.json by `--state` or `--defer-state`.';
  if (folder === undefined) throw millraceError('select.invalid', '`--defer` has no state to defer to', { fix });
  const path = join(resolve(root, folder), 'manifest.json');
  const manifest = readManifest(path);
  if (manifest !== undefined) return manifest.nodes;
  throw millraceError('project.artifact', `there is no ${path}`, { at: path, fix });
}

function isReferable({ resource_type: type, config }: ManifestNode): boolean {
  return ['model', 'seed', 'snapshot'].includes(type) && config.materialized !== 'ephemeral';
}

async function isDeferred(
  node: ManifestNode,
  { options }: OpenModels,
  { selected, building, session }: Deferring,
): Promise<boolean> {
  const chosen = selected.has(node.unique_id);
  if (chosen && building) return false;
  if (!chosen && options.favorState === true) return true;
  if (session === undefined) return true;
  const asked = await session();
  return (await asked.relation(relationOf(node, asked.adapter.database))) === undefined;
}

function placeOf(node: StateNode): { database: string | null; schema: string; alias: string } {
  const { database, schema, alias } = node as StateNode & Record<'database' | 'schema' | 'alias', string | null>;
  return { database, schema: schema ?? '', alias: alias ?? node.name };
}
