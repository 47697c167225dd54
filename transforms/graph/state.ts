import { millraceError } from '../../connectors/contract/index.ts';
import { canonical } from '../project/json.ts';
import type { Graph } from './graph.ts';
import { type GraphNode, isGenericTest } from './node.ts';

/** What an earlier run left behind, to compare with. */
export interface PreviousState {
  /** Of `manifest.json`: nodes, sources, exposures and unit tests by unique id. */
  readonly nodes?: ReadonlyMap<string, StateNode>;
  /** Of the same: macros. */
  readonly macros?: ReadonlyMap<string, StateMacro>;
  /** The macros of the project as it is now. */
  readonly macrosNow?: ReadonlyMap<string, StateMacro>;
  /** Of `run_results.json`: the status of each node. */
  readonly results?: ReadonlyMap<string, string>;
  /** Of `sources.json`: when each source last got a row; null where it could not be asked. */
  readonly loaded?: ReadonlyMap<string, string | null>;
  /** The same of the freshness check of now. */
  readonly loadedNow?: ReadonlyMap<string, string | null>;
}

/** The fields of manifest v12 that a comparison looks at. */
export type StateNode = GraphNode & Readonly<Record<string, unknown>>;

export interface StateMacro {
  readonly macro_sql: string;
  readonly depends_on?: { readonly macros?: readonly string[] };
}

type Comparison = (now: StateNode, before: StateNode | undefined) => boolean;

/** Where something is in the database, and what only sorts: kept out of the comparison of configs. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['alias', 'schema', 'database', 'tags', 'group']);
const OF_TESTS = [
  'severity',
  'where',
  'limit',
  'fail_calc',
  'warn_if',
  'error_if',
  'store_failures',
  'store_failures_as',
];
const OF_EXPOSURES = ['type', 'owner', 'maturity', 'url', 'description', 'label'];

/** Whether a node is as `state:` asks. @throws MillraceError `select.invalid` */
export function changed(
  value: string,
  _graph: Graph,
  previous: PreviousState | undefined,
): (node: GraphNode) => boolean {
  const before = previous?.nodes;
  if (before === undefined) {
    throw millraceError('select.invalid', '"state:" needs the manifest.json of an earlier run to compare with', {
      fix: 'Name the folder that has it with `--state`.',
    });
  }
  const comparisons = comparisonsWith(changedMacros(previous!));
  const comparison = comparisons.get(value);
  if (comparison !== undefined) return (node) => comparison(node as StateNode, before.get(node.unique_id));
  throw millraceError('select.invalid', `"${value}" is not a kind of change`, {
    fix: `Use one of ${[...comparisons.keys()].join(', ')}.`,
  });
}

function comparisonsWith(macros: MacroChange): ReadonlyMap<string, Comparison> {
  const modified: Comparison = (now, before) =>
    !sameContents(now, before) || macros(now) || contractChanged(now, before);
  /** Only nodes that have the part can differ in it. */
  const part =
    (has: (node: StateNode) => boolean, same: (now: StateNode, before: StateNode) => boolean): Comparison =>
    (now, before) =>
      has(now) && (before === undefined || !same(now, before));
  return new Map<string, Comparison>([
    ['new', (_now, before) => before === undefined],
    ['old', (_now, before) => before !== undefined],
    ['modified', modified],
    ['unmodified', (now, before) => !modified(now, before)],
    ['modified.body', part(hasBody, sameBody)],
    ['modified.configs', part((node) => node.resource_type !== 'unit_test', sameConfig)],
    ['modified.persisted_descriptions', part(hasBody, samePersistedDescription)],
    ['modified.relation', part((node) => hasBody(node) || node.resource_type === 'source', samePlace)],
    ['modified.macros', (now) => macros(now)],
    ['modified.contract', part(hasBody, sameContract)],
  ]);
}

function hasBody({ resource_type }: StateNode): boolean {
  return !['source', 'exposure', 'unit_test', 'metric', 'semantic_model', 'saved_query'].includes(resource_type);
}

function same(now: StateNode, before: StateNode, keys: readonly string[]): boolean {
  return keys.every((key) => canonical(now[key]) === canonical(before[key]));
}

/** A source or exposure that was not there is no change; anything else is one. */
function sameContents(now: StateNode, before: StateNode | undefined): boolean {
  const { resource_type: type } = now;
  if (before === undefined) return type === 'source' || type === 'exposure';
  if (type === 'source') return sameSource(now, before);
  if (type === 'exposure') return sameExposure(now, before);
  if (type === 'unit_test') return same(now, before, ['checksum']);
  if (isGenericTest(now)) return sameConfig(now, before) && same(now, before, ['fqn']);
  const parts = [sameBody, sameConfig, samePersistedDescription, samePlace, sameContract];
  const inAll = parts.every((part) => part(now, before)) && same(now, before, ['fqn']);
  return inAll && (type !== 'model' || same(now, before, ['latest_version', 'access', 'deprecation_date']));
}

function sameSource(now: StateNode, before: StateNode): boolean {
  const keys = ['fqn', 'quoting', 'freshness', 'loaded_at_field', 'external'];
  return samePlace(now, before) && sameConfig(now, before) && same(now, before, keys);
}

function sameExposure(now: StateNode, before: StateNode): boolean {
  const parents = ({ depends_on }: StateNode) => [...(depends_on?.nodes ?? [])].sort();
  const sameParents = canonical(parents(now)) === canonical(parents(before));
  return sameParents && sameConfig(now, before) && same(now, before, ['fqn', ...OF_EXPOSURES]);
}

function sameBody(now: StateNode, before: StateNode): boolean {
  return same(now, before, [now.resource_type === 'seed' ? 'checksum' : 'raw_code']);
}

/** What was written is compared, not what it came to. */
function sameConfig(now: StateNode, before: StateNode): boolean {
  const [mine, other] = [written(now), written(before)];
  const keys = now.resource_type === 'test' ? OF_TESTS : [...new Set([...Object.keys(mine), ...Object.keys(other)])];
  return keys.every((key) => NOT_COMPARED.has(key) || canonical(mine[key]) === canonical(other[key]));
}

function written(node: StateNode): Readonly<Record<string, unknown>> {
  return (node.unrendered_config as Readonly<Record<string, unknown>> | undefined) ?? {};
}

function samePlace(now: StateNode, before: StateNode): boolean {
  if (now.resource_type === 'source') return same(now, before, ['database', 'schema', 'identifier']);
  return ['database', 'schema', 'alias'].every(
    (key) => canonical(written(now)[key]) === canonical(written(before)[key]),
  );
}

function samePersistedDescription(now: StateNode, before: StateNode): boolean {
  const persist = plain(now.config?.persist_docs);
  if (persist.relation && !same(now, before, ['description'])) return false;
  return !persist.columns || canonical(columnTexts(now)) === canonical(columnTexts(before));
}

function columnTexts(node: StateNode): Record<string, unknown> {
  const columns = Object.entries((node.columns ?? {}) as Record<string, { description?: string }>);
  return Object.fromEntries(columns.map(([name, { description }]) => [name, description ?? '']));
}

/** Models alone have contracts that are enforced by what they say of their columns. */
function sameContract(now: StateNode, before: StateNode): boolean {
  if (now.resource_type !== 'model') return true;
  const [mine, other] = [plain(now.contract), plain(before.contract)];
  if (!mine.enforced && !other.enforced) return true;
  return Boolean(mine.enforced) && mine.checksum === other.checksum;
}

function contractChanged(now: StateNode, before: StateNode | undefined): boolean {
  return before?.resource_type === 'model' && !sameContract(now, before);
}

function plain(value: unknown): Record<string, unknown> {
  if (value instanceof Map) return Object.fromEntries(value);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Macros that dbt and millrace bring themselves: each has its own, and a project is not changed by them. */
const BUILT_IN = /^macro\.dbt(?:_duckdb|_mysql|_tidb)?\./;

type MacroChange = (node: StateNode) => boolean;

/** Whether a macro that a node uses, itself or through another, is not as it was. */
function changedMacros({ macros = new Map(), macrosNow = new Map() }: PreviousState): MacroChange {
  const ids = new Set([...macros.keys(), ...macrosNow.keys()].filter((id) => !BUILT_IN.test(id)));
  const differs = (id: string) => macros.get(id)?.macro_sql !== macrosNow.get(id)?.macro_sql;
  const modified = new Set([...ids].filter(differs));
  if (modified.size === 0) return () => false;
  return ({ depends_on }) => reaches(depends_on?.macros ?? [], modified, macrosNow);
}

function reaches(
  from: readonly string[],
  modified: ReadonlySet<string>,
  macros: ReadonlyMap<string, StateMacro>,
): boolean {
  const seen = new Set<string>();
  const work = [...from];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (modified.has(id)) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    work.push(...(macros.get(id)?.depends_on?.macros ?? []));
  }
  return false;
}
