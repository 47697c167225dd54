import { isWithoutChance } from './code-parse.ts';
import { Entry } from './entry.ts';
import type { ProjectFile } from './files.ts';
import type { PackageContext } from './load-context.ts';
import type { Places } from './places.ts';
import { type KeyPath, renderValue } from './rendering.ts';
import { isMap, truthOf, typeName, type Value, type ValueMap } from './value.ts';
import { readYaml } from './yaml-file.ts';

/** The lists that a file of descriptions may hold. Those of the semantic layer are read and left alone. */
const SECTIONS = [
  'models', 'seeds', 'snapshots', 'analyses', 'data_tests', 'macros', 'sources', 'exposures', 'groups', 'unit_tests',
] as const; // biome-ignore format: a table
const LEFT_ALONE = new Set(['version', 'semantic_models', 'metrics', 'saved_queries', 'functions', 'anchors']);

export type Section = (typeof SECTIONS)[number];

/** One entry of a list of a file of descriptions, rendered but for what is rendered later. */
export interface Described {
  readonly section: Section;
  readonly entry: Entry;
  /** As written. */
  readonly unrendered: Entry;
  readonly name: string;
  readonly file: ProjectFile;
  readonly context: PackageContext;
}

/** All that the YAML files of a package describe, in order of file. */
export function readSchemaFiles(context: PackageContext): Described[] {
  const { paths, root } = context.config;
  const folders = [
    ...new Set([
      ...paths.models,
      ...paths.seeds,
      ...paths.snapshots,
      ...paths.analyses,
      ...paths.macros,
      ...paths.tests,
    ]),
  ];
  return context.files.below(root, folders, ['.yml', '.yaml']).flatMap((file) => readSchemaFile(file, context));
}

function readSchemaFile(file: ProjectFile, context: PackageContext): Described[] {
  const { problems } = context;
  const text = context.files.text(file.path);
  if (!isWithoutChance(text)) context.cache.unsure();
  const read = problems.guard(() => readYaml(text, context.shown(file.original)));
  if (read === undefined || read.value === null) return [];
  const { value, places } = read;
  if (!isMap(value)) {
    problems.add('project.invalid', `a file of descriptions holds keys, not ${typeName(value)}`, { at: places.path });
    return [];
  }
  checkKeys(value, places, context);
  return SECTIONS.flatMap((section) => {
    const list = new Entry(value, places, problems).entries(section);
    return list.flatMap((entry) => described(section, entry, file, context) ?? []);
  });
}

function checkKeys(value: ValueMap, places: Places, { problems }: PackageContext): void {
  for (const key of value.keys()) {
    if (SECTIONS.some((section) => section === key) || LEFT_ALONE.has(String(key))) continue;
    problems.note('project.invalid', `\`${String(key)}\` is not a list that is read`, { at: places.at(value, key) });
  }
}

function described(section: Section, entry: Entry, file: ProjectFile, context: PackageContext): Described | undefined {
  const name = entry.name(`an entry of \`${section}\``);
  if (name === undefined) return undefined;
  const { map, places } = entry;
  const render = (text: string, at: string) => context.render(text, at);
  const value = renderValue(map, places, render, (path) => isRendered(section, path)) as ValueMap;
  return { section, entry: new Entry(value, places, context.problems), unrendered: entry, name, file, context };
}

const LATER: ReadonlySet<Value | undefined> = new Set(['tests', 'data_tests', 'description', 'loaded_at_query']);
const PARTS: ReadonlySet<Value | undefined> = new Set(['columns', 'arguments', 'dimensions', 'measures', 'entities']);

/** Descriptions, tests, hooks and fixtures are rendered when they are used. */
function isRendered(section: Section, path: KeyPath): boolean {
  if (section === 'unit_tests') return !['given', 'expect', 'description'].includes(String(path[0]));
  const own = section === 'sources' && path[0] === 'tables' ? path.slice(2) : path;
  if (section === 'exposures' && path[0] === 'depends_on') return false;
  const [first, second, third] = own;
  if (LATER.has(first) || (own.length === 2 && LATER.has(second))) return false;
  if (first === 'config' && /^(?:pre|post)[-_]hook$|^loaded_at_query$/.test(String(second))) return false;
  if (PARTS.has(first) && LATER.has(third)) return false;
  return !(first === 'versions' && (LATER.has(third) || (third === 'columns' && LATER.has(own[4]))));
}

/** What stands beside `config` counts as in it, where `config` does not say it. */
const MOVED = ['tags', 'meta', 'docs', 'group', 'access', 'contract', 'event_time'];

/** The config that an entry gives, from `config` and from where its keys stood before dbt had `config`. */
export function patchConfig(entry: Entry): [string, Value][] {
  const config = new Map<string, Value>();
  for (const key of MOVED) {
    const value = entry.get(key);
    if (value !== undefined && value !== null) config.set(key, value);
  }
  for (const [key, value] of entry.child('config')?.map ?? []) if (typeof key === 'string') config.set(key, value);
  return [...config];
}

/** The tests of an entry, under either name. */
export function testsOf(entry: Entry): Value[] {
  const list = [entry.get('data_tests'), entry.get('tests')].filter((value) => truthOf(value));
  if (list.length === 2) entry.problem('`tests` and `data_tests` are the same: use `data_tests`', 'tests');
  const [tests] = list;
  if (tests === undefined) return [];
  if (Array.isArray(tests)) return tests;
  entry.problem('tests are a list', entry.has('data_tests') ? 'data_tests' : 'tests');
  return [];
}
