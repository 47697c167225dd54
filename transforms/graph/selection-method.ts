import { millraceError } from '../../connectors/contract/index.ts';
import type { Graph } from './graph.ts';
import { type GraphNode, isGenericTest, resourceTypes } from './node.ts';
import type { Criterion } from './selection-spec.ts';
import { changed, type PreviousState } from './state.ts';
import { compareVersions } from './version.ts';
import { hasWildcard, matches, matchesPath } from './wildcard.ts';

/** What selection can look at besides the graph. */
export interface SelectionContext {
  /** The project's own name, which `package:this` means. */
  readonly project?: string;
  /** For `state:`, `result:` and `source_status:`. */
  readonly previous?: PreviousState | undefined;
}

type Test = (node: GraphNode) => boolean;

/** The nodes that a term names by itself, without its signs. @throws MillraceError `select.invalid` */
export function methodOf(term: Criterion, graph: Graph, context: SelectionContext): Set<string> {
  const test = testOf(term, graph, context);
  const found = new Set<string>();
  for (const [id, node] of graph.nodes) if (test(node)) found.add(id);
  return found;
}

function testOf(term: Criterion, graph: Graph, context: SelectionContext): Test {
  const { method } = term;
  const value = String(term.value);
  switch (method) {
    case 'fqn':
      return (node) => node.resource_type !== 'source' && hasName(node, value);
    case 'tag':
      return (node) => (node.tags ?? []).some((tag) => matches(tag, value));
    case 'group':
      return (node) => isInNodes(node) && typeof node.config?.group === 'string' && matches(node.config.group, value);
    case 'access':
      return (node) => node.resource_type === 'model' && node.access === value;
    case 'path':
      return pathTest(value, pathsOf(graph, context.project));
    case 'file':
      return (node) => isFile(node.original_file_path, value);
    case 'package':
      return packageTest(value === 'this' ? (context.project ?? value) : value);
    case 'config':
      return configTest(term);
    case 'resource_type':
      return typeTest(value);
    case 'test_name':
      return (node) => hasTestName(node, value);
    case 'test_type':
      return testTypeTest(value);
    case 'version':
      return versionTest(value);
    case 'source':
      return sourceTest(value);
    case 'exposure':
    case 'metric':
    case 'semantic_model':
    case 'saved_query':
    case 'unit_test':
      return namedTest(method, value);
    default:
      return stateTest(method, value, graph, context);
  }
}

function isInNodes({ resource_type }: GraphNode): boolean {
  return !['source', 'exposure', 'unit_test', 'semantic_model', 'saved_query'].includes(resource_type);
}

/** By the node's own name, or by the folders that lead to it from the package or from below it. */
function hasName(node: GraphNode, value: string): boolean {
  const versioned = node.resource_type === 'model' && node.version !== undefined && node.version !== null;
  return isNamed(node.fqn, value, versioned) || isNamed(node.fqn.slice(1), value, versioned);
}

function isNamed(fqn: readonly string[], value: string, versioned: boolean): boolean {
  const wanted = value.split('.');
  const leaf = fqn.at(versioned ? -2 : -1);
  if (leaf === value || (versioned && fqn.slice(-2).join('_') === wanted.slice(-2).join('_'))) return true;
  const parts = fqn.join('.').split('.');
  if (parts.length < wanted.length) return false;
  for (const [index, part] of wanted.entries()) {
    if (hasWildcard(part)) {
      if (matches(parts.slice(index).join('.'), wanted.slice(index).join('.'))) return true;
      return wanted.length === 1 && leaf !== undefined && matches(leaf, value);
    }
    if (parts[index] !== part) return false;
  }
  return true;
}

/** A file or folder that the project has; what a package has at the same path counts, as it does for dbt. */
function pathTest(value: string, known: ReadonlySet<string> | undefined): Test {
  const pattern = value.split('/').filter((part) => part !== '' && part !== '.');
  const seen = new Map<string, boolean>();
  const isNamedPath = (path: string) => {
    const found = seen.get(path) ?? leads(path.split('/'), pattern, known);
    seen.set(path, found);
    return found;
  };
  return ({ original_file_path, patch_path }) =>
    isNamedPath(original_file_path) || (typeof patch_path === 'string' && isExactly(patch_path, pattern, known));
}

/** The files and folders of the project itself, as far as it has nodes in them. */
function pathsOf(graph: Graph, project: string | undefined): Set<string> | undefined {
  if (project === undefined) return undefined;
  const paths = new Set<string>();
  for (const { package_name, original_file_path, patch_path } of graph.nodes.values()) {
    if (package_name !== project) continue;
    for (const path of [original_file_path, patch_path?.slice(patch_path.indexOf('://') + 3)]) {
      const parts = path?.split('/') ?? [];
      for (let end = 1; end <= parts.length; end += 1) paths.add(parts.slice(0, end).join('/'));
    }
  }
  return paths;
}

function leads(path: readonly string[], pattern: readonly string[], known: ReadonlySet<string> | undefined): boolean {
  return path.some((_part, index) => isPath(path.slice(0, index + 1), pattern, known)) || pattern.length === 0;
}

function isPath(path: readonly string[], pattern: readonly string[], known: ReadonlySet<string> | undefined): boolean {
  return matchesPath(path, pattern) && (known?.has(path.join('/')) ?? true);
}

/** A description counts by its own file alone, not by the folder that it is in. */
function isExactly(patchPath: string, pattern: readonly string[], known: ReadonlySet<string> | undefined): boolean {
  return isPath(patchPath.slice(patchPath.indexOf('://') + 3).split('/'), pattern, known);
}

function isFile(path: string, value: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return matches(name, value) || matches(dot > 0 ? name.slice(0, dot) : name, value);
}

function packageTest(value: string): Test {
  return ({ package_name }) => matches(package_name, value);
}

/** `config.severity` is compared without regard to case; of a list one entry is enough. */
function configTest({ arguments: path, value }: Criterion): Test {
  const folded = path.length === 1 && path[0] === 'severity';
  const word = String(value).toLowerCase();
  const isSame = (found: unknown) => {
    if (typeof found === 'boolean') return word === String(found) || value === found;
    return folded && typeof found === 'string' ? found.toLowerCase() === word : found === value;
  };
  return (node) => {
    if (!isInNodes(node) && node.resource_type !== 'source') return false;
    const found = descend(node.config, path);
    return Array.isArray(found) ? found.some(isSame) : found !== undefined && isSame(found);
  };
}

function descend(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (value instanceof Map) return value.get(part);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.hasOwn(value, part) ? (value as Record<string, unknown>)[part] : undefined;
  }, config);
}

function typeTest(value: string): Test {
  const type = resourceTypes.find((known) => known === value);
  if (type === undefined) throw invalid(`"${value}" is not a type of resource`, resourceTypes);
  return ({ resource_type }) => resource_type === type;
}

function hasTestName(node: GraphNode, value: string): boolean {
  if (node.resource_type === 'unit_test') return matches(node.name, value);
  return isGenericTest(node) && matches(node.test_metadata!.name, value);
}

function testTypeTest(value: string): Test {
  const isTest = ({ resource_type }: GraphNode) => resource_type === 'test';
  if (value === 'generic' || value === 'schema') return isGenericTest;
  if (value === 'data') return isTest;
  if (value === 'singular') return (node) => isTest(node) && !isGenericTest(node);
  if (value === 'unit') return ({ resource_type }) => resource_type === 'unit_test';
  throw invalid(`"${value}" is not a type of test`, ['generic', 'singular', 'data', 'unit']);
}

function versionTest(value: string): Test {
  const isModel = ({ resource_type }: GraphNode) => resource_type === 'model';
  const against = ({ version, latest_version: latest }: GraphNode) =>
    version && latest ? compareVersions(version, latest) : undefined;
  if (value === 'latest') return (node) => isModel(node) && !!node.version && node.version === node.latest_version;
  if (value === 'prerelease') return (node) => isModel(node) && (against(node) ?? 0) > 0;
  if (value === 'old') return (node) => isModel(node) && (against(node) ?? 0) < 0;
  if (value === 'none') return (node) => isModel(node) && (node.version ?? null) === null;
  throw invalid(`"${value}" is not a kind of version`, ['latest', 'prerelease', 'old', 'none']);
}

function sourceTest(value: string): Test {
  const parts = value.split('.');
  if (parts.length > 3)
    throw invalid(`"${value}" has too many parts`, ['source', 'source.table', 'package.source.table']);
  const [source, table = '*'] = parts.length === 3 ? parts.slice(1) : parts;
  const owner = parts.length === 3 ? parts[0]! : '*';
  return (node) =>
    node.resource_type === 'source' &&
    matches(node.package_name, owner) &&
    matches(node.source_name!, source!) &&
    matches(node.name, table);
}

function namedTest(type: string, value: string): Test {
  const parts = value.split('.');
  if (parts.length > 2) throw invalid(`"${value}" has too many parts`, ['name', 'package.name']);
  const name = parts.at(-1)!;
  const owner = parts.length === 2 ? parts[0]! : '*';
  return (node) => node.resource_type === type && matches(node.package_name, owner) && matches(node.name, name);
}

function stateTest(method: string, value: string, graph: Graph, { previous }: SelectionContext): Test {
  if (method === 'state') return changed(value, graph, previous);
  const ids = method === 'result' ? withStatus(value, previous) : fresher(value, previous);
  return ({ unique_id }) => ids.has(unique_id);
}

function withStatus(status: string, previous: PreviousState | undefined): Set<string> {
  if (previous?.results === undefined) throw nothingToCompare('result:', 'run_results.json');
  return new Set([...previous.results].filter(([, found]) => found === status).map(([id]) => id));
}

/** Sources that hold newer rows than when the state was made; a source that could not be asked then or now is none. */
function fresher(value: string, previous: PreviousState | undefined): Set<string> {
  if (value !== 'fresher') throw invalid(`"${value}" is not a status of sources`, ['fresher']);
  if (previous?.loaded === undefined || previous.loadedNow === undefined) {
    throw nothingToCompare('source_status:', 'sources.json');
  }
  const { loaded, loadedNow } = previous;
  const isFresher = ([id, at]: [string, string | null]) =>
    at !== null && (!loaded.has(id) || (loaded.get(id) !== null && at > loaded.get(id)!));
  return new Set([...loadedNow].filter(isFresher).map(([id]) => id));
}

function nothingToCompare(method: string, file: string): Error {
  return millraceError('select.invalid', `"${method}" needs a ${file} of an earlier run to compare with`, {
    fix: 'Name the folder that has it with `--state`.',
  });
}

function invalid(message: string, choices: readonly string[]): Error {
  return millraceError('select.invalid', message, { fix: `Use one of ${choices.join(', ')}.` });
}
