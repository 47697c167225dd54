import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import { Entry } from './entry.ts';
import type { Problems } from './problems.ts';
import { textOf } from './python-text.ts';
import { type KeyPath, type RenderScope, renderText, renderValue, yamlContext } from './rendering.ts';
import { isMap, type Value, type ValueMap } from './value.ts';
import { REPORTED_VERSION, satisfies } from './version-spec.ts';
import { readYamlFile } from './yaml-file.ts';

/** The trees of configs that a project has, by the key they stand under. */
export const configTrees = [
  'models',
  'seeds',
  'snapshots',
  'data_tests',
  'sources',
  'exposures',
  'unit_tests',
  'analyses',
  'metrics',
  'semantic-models',
  'saved-queries',
  'functions',
] as const;
export type ConfigTree = (typeof configTrees)[number];

export interface ProjectPaths {
  readonly models: readonly string[];
  readonly seeds: readonly string[];
  readonly snapshots: readonly string[];
  readonly analyses: readonly string[];
  readonly macros: readonly string[];
  readonly tests: readonly string[];
  readonly docs: readonly string[];
  readonly assets: readonly string[];
  readonly target: string;
  readonly packages: string;
  readonly logs: string;
}

/** `dbt_project.yml` of the project or of one of its packages, rendered. */
export interface ProjectConfig {
  readonly root: string;
  readonly name: string;
  readonly version: string | null;
  readonly profile: string | undefined;
  readonly paths: ProjectPaths;
  readonly cleanTargets: readonly string[];
  /** Not rendered: a var is text as it stands. */
  readonly vars: ValueMap;
  readonly trees: Readonly<Partial<Record<ConfigTree, ValueMap>>>;
  /** The same as written. */
  readonly unrendered: Readonly<Partial<Record<ConfigTree, ValueMap>>>;
  readonly quoting: ValueMap;
  readonly flags: ValueMap;
  /** Where macros of a namespace are looked for. */
  readonly dispatch: ReadonlyMap<string, readonly string[]>;
  readonly queryComment: Value | undefined;
  readonly onRunStart: readonly string[];
  readonly onRunEnd: readonly string[];
  readonly restrictAccess: boolean;
}

const FILE = 'dbt_project.yml';
const KEYS = new Set([
  'name', 'version', 'config-version', 'profile', 'project-root', 'require-dbt-version', 'model-paths', 'seed-paths', 'snapshot-paths',
  'analysis-paths', 'macro-paths', 'test-paths', 'docs-paths', 'asset-paths', 'function-paths', 'target-path', 'log-path',
  'packages-install-path', 'packages', 'clean-targets', 'vars', 'quoting', 'dispatch', 'query-comment', 'on-run-start', 'on-run-end',
  'flags', 'restrict-access', 'dbt-cloud', 'models', 'seeds', 'snapshots', 'data_tests', 'tests', 'sources', 'exposures', 'unit_tests',
  'analyses', 'metrics', 'semantic-models', 'saved-queries', 'functions',
]); // biome-ignore format: a table
/** Names of before version 1.0 of dbt, which it refuses too. */
const RENAMED: Readonly<Record<string, string>> = {
  'source-paths': 'model-paths',
  'data-paths': 'seed-paths',
  'modules-path': 'packages-install-path',
};
const NAME = /^[A-Za-z_]\w*$/;

/**
 * Reads `dbt_project.yml` of a folder. `shown` is how messages name the folder's files.
 * @throws MillraceError `project.missing`, `project.yaml` or `project.version`; the other problems are kept
 */
export function readProjectConfig(root: string, shown: string, scope: RenderScope, problems: Problems): ProjectConfig {
  const path = join(root, FILE);
  if (!existsSync(path)) throw millraceError('project.missing', `there is no ${FILE} in ${root}`);
  const { value, places } = readYamlFile(path, shown + FILE);
  if (!isMap(value)) throw millraceError('project.invalid', `${FILE} holds no keys`, { at: places.path });
  checkVersion(new Entry(value, places, problems));
  const context = yamlContext(scope);
  const render = (text: string, at: string) =>
    problems.guard(() => renderText(text, context, scope.renderer, at)) ?? text;
  const rendered = renderValue(value, places, render, isRendered) as ValueMap;
  const entry = new Entry(rendered, places, problems);
  checkKeys(entry);
  return {
    root,
    name: nameOf(entry),
    version: entry.text('version') ?? null,
    profile: entry.text('profile'),
    paths: pathsOf(entry),
    cleanTargets: entry.has('clean-targets') ? entry.texts('clean-targets') : [entry.text('target-path') ?? 'target'],
    vars: entry.child('vars')?.map ?? new Map(),
    trees: treesOf(entry),
    unrendered: treesOf(new Entry(value, places, problems)),
    quoting: entry.child('quoting')?.map ?? new Map(),
    flags: entry.child('flags')?.map ?? new Map(),
    dispatch: dispatchOf(entry),
    queryComment: entry.get('query-comment'),
    onRunStart: entry.texts('on-run-start'),
    onRunEnd: entry.texts('on-run-end'),
    restrictAccess: entry.flag('restrict-access'),
  };
}

/** Hooks, vars and comments are rendered when they are used. */
function isRendered(path: KeyPath): boolean {
  const [first] = path;
  if (first === 'on-run-start' || first === 'on-run-end' || first === 'query-comment' || first === 'vars') return false;
  return !path.some((key) => typeof key === 'string' && /^\+?\s*(?:pre|post)[-_]hook$/.test(key));
}

function checkVersion(entry: Entry): void {
  const wanted = entry.list('require-dbt-version').map(textOf);
  if (wanted.length === 0 || satisfies(REPORTED_VERSION, wanted)) return;
  throw millraceError(
    'project.version',
    `${entry.text('name') ?? 'the project'} needs dbt ${wanted.join(', ')}; the version that is followed is ${REPORTED_VERSION}`,
    { at: entry.at('require-dbt-version') },
  );
}

function checkKeys(entry: Entry): void {
  for (const key of entry.map.keys()) {
    const name = textOf(key);
    if (RENAMED[name] !== undefined) entry.problem(`\`${name}\` is called \`${RENAMED[name]}\``, name);
    else if (!KEYS.has(name))
      entry.problem(`\`${name}\` is not a key of ${FILE}`, name, 'Take it out, or correct its name.');
  }
  const version = entry.get('config-version');
  if (version !== undefined && version !== 2) entry.problem('`config-version` can only be 2', 'config-version');
}

function nameOf(entry: Entry): string {
  const name = entry.name(FILE) ?? 'unnamed';
  if (!NAME.test(name)) entry.problem(`the name of a project has letters, digits and underscores: "${name}"`, 'name');
  return name;
}

function pathsOf(entry: Entry): ProjectPaths {
  const paths = (key: string, usual: readonly string[]) =>
    (entry.has(key) ? entry.texts(key) : usual).map((path) => path.replace(/^\.\//, '').replace(/\/+$/, ''));
  const [models, seeds, snapshots] = [
    paths('model-paths', ['models']),
    paths('seed-paths', ['seeds']),
    paths('snapshot-paths', ['snapshots']),
  ];
  const [analyses, macros, tests] = [
    paths('analysis-paths', ['analyses']),
    paths('macro-paths', ['macros']),
    paths('test-paths', ['tests']),
  ];
  const all = [...new Set([...models, ...seeds, ...snapshots, ...analyses, ...macros])];
  return {
    models,
    seeds,
    snapshots,
    analyses,
    macros,
    tests,
    docs: entry.has('docs-paths') ? paths('docs-paths', []) : all,
    assets: paths('asset-paths', []),
    target: entry.text('target-path') ?? 'target',
    packages: entry.text('packages-install-path') ?? 'dbt_packages',
    logs: entry.text('log-path') ?? 'logs',
  };
}

function treesOf(entry: Entry): Partial<Record<ConfigTree, ValueMap>> {
  const trees: Partial<Record<ConfigTree, ValueMap>> = {};
  for (const tree of configTrees) {
    const found = entry.child(tree === 'data_tests' && !entry.has(tree) ? 'tests' : tree);
    if (found !== undefined) trees[tree] = found.map;
  }
  return trees;
}

function dispatchOf(entry: Entry): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const item of entry.entries('dispatch')) {
    const namespace = item.text('macro_namespace');
    if (namespace === undefined || !item.has('search_order')) {
      item.problem('an entry of `dispatch` has `macro_namespace` and `search_order`');
    } else found.set(namespace, item.texts('search_order'));
  }
  return found;
}
