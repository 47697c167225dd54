import { createHash } from 'node:crypto';
import { fqnOf } from '../graph/naming.ts';
import { compareVersions } from '../graph/version.ts';
import { bareNode, type NodeDraft, sha256 } from './code-nodes.ts';
import { parseCode } from './code-parse.ts';
import { columnsOf, constraintsOf } from './columns.ts';
import { listOf } from './config-merge.ts';
import { describe } from './descriptions.ts';
import type { Entry } from './entry.ts';
import type { TestTarget } from './generic-test.ts';
import { canonical } from './json.ts';
import type { PackageContext } from './load-context.ts';
import { addDisabled, type ColumnInfo, type ManifestNode, type RefArgs } from './manifest.ts';
import { configOf, unrenderedConfigOf } from './node-config.ts';
import { nameNode } from './node-names.ts';
import { type Described, patchConfig, type Section, testsOf } from './schema-files.ts';
import { isMap, truthOf, type Value } from './value.ts';

/** A test that waits until all nodes are there. */
export interface PendingTest {
  readonly written: Value;
  readonly column: string | null;
  readonly target: TestTarget;
  readonly at: string;
  readonly context: PackageContext;
}

const TYPES: Readonly<Partial<Record<Section, ManifestNode['resource_type']>>> = {
  models: 'model',
  seeds: 'seed',
  snapshots: 'snapshot',
  analyses: 'analysis',
  data_tests: 'test',
};

/** What one entry says of a node, or one of its versions of it. */
interface Patch {
  readonly described: Described;
  readonly config: readonly (readonly [string, Value])[];
  readonly unrendered: readonly (readonly [string, Value])[];
  readonly columns: readonly Entry[];
  readonly description: string;
  readonly at: string;
}

/** Puts what the files describe onto the nodes, and gives each its config and place; gives the tests that are written there. */
export class Patches {
  readonly tests: PendingTest[] = [];
  readonly #drafts = new Map<string, NodeDraft[]>();
  readonly #patches = new Map<NodeDraft, Patch>();

  constructor(drafts: readonly NodeDraft[]) {
    for (const draft of drafts) this.#add(draft);
  }

  #add(draft: NodeDraft): void {
    const key = keyOf(draft.node.resource_type, draft.context.name, draft.node.name);
    const others = this.#drafts.get(key);
    if (others === undefined) this.#drafts.set(key, [draft]);
    else others.push(draft);
  }

  describe(described: Described): void {
    const type = TYPES[described.section]!;
    const { entry, context, name } = described;
    if (type === 'snapshot' && entry.has('relation')) this.#addSnapshot(described);
    if (type === 'model' && entry.get('versions') !== undefined) {
      this.#versions(described);
      return;
    }
    const drafts = this.#drafts.get(keyOf(type, context.name, name));
    const patch = patchOf(described);
    if (type !== 'analysis' && type !== 'test') this.#collect(patch, name, null, testsOf(entry));
    if (drafts === undefined) unknown(described, context);
    for (const draft of drafts ?? []) this.#put(draft, patch);
  }

  #put(draft: NodeDraft, patch: Patch): void {
    const other = this.#patches.get(draft);
    if (other === undefined) {
      this.#patches.set(draft, patch);
      return;
    }
    const message = `${draft.node.name} is described twice: at ${other.at} too`;
    draft.context.problems.add('model.duplicate', message, { at: patch.at, fix: 'Keep one of the two.' });
  }

  /** A snapshot without SQL: of all that a relation holds. */
  #addSnapshot({ entry, context, name, file }: Described): void {
    const relation = entry.text('relation') ?? '';
    const code = `select * from {{ ${relation} }}`;
    const path = `${file.relative}/${name}.sql`;
    const node = bareNode('snapshot', name, path, file.original, context, { language: 'sql', code });
    node.fqn = fqnOf(context.name, file.relative, name);
    node.checksum = sha256(context.files.text(file.path).trim());
    const calls = context.problems.guard(() => parseCode(code, entry.at('relation'), context, node));
    if (calls !== undefined) this.#add({ node, calls, context });
  }

  /** Each version has a file of its own, `customers_v1.sql` or what `defined_in` names. */
  #versions(described: Described): void {
    const { entry, context, name } = described;
    const versions = entry.entries('versions').filter((version) => hasNumber(version));
    const written = described.unrendered.entries('versions').filter((version) => hasNumber(version));
    const numbers = versions.map(numberOf);
    const latest = scalarOf(entry.get('latest_version')) ?? numbers.toSorted(compareVersions).at(-1)!;
    for (const [index, version] of versions.entries()) {
      const number = numbers[index]!;
      const file = version.text('defined_in') ?? `${name}_v${number}`;
      const draft = this.#drafts.get(keyOf('model', context.name, file))?.[0];
      const patch = versionPatch(described, version, written[index] ?? version);
      const tests = version.has('data_tests') || version.has('tests') ? testsOf(version) : testsOf(entry);
      this.#collect(patch, name, number, tests);
      if (draft === undefined) {
        const message = `there is no file ${file}.sql for version ${number} of ${name}`;
        context.problems.add('model.invalid', message, {
          at: version.at(),
          fix: 'Add the file, or name it as `defined_in`.',
        });
        continue;
      }
      becomeVersion(draft.node, name, number, latest);
      draft.node.deprecation_date = dateOf(version);
      this.#put(draft, patch);
    }
  }

  #collect(patch: Patch, name: string, version: string | number | null, tests: readonly Value[]): void {
    const { described } = patch;
    const { section, context, file, entry } = described;
    const ref: RefArgs = { name, package: null, version };
    const call = version === null ? `ref('${name}')` : `ref('${name}', version='${version}')`;
    const shown = version === null ? name : `${name}_v${version}`;
    const base = {
      call,
      name: shown,
      prefix: '',
      key: `${section}.${name}`,
      ref,
      source: undefined,
      file: file.original,
    };
    const place = (list: readonly Value[], index: number) => entry.places.at(list, index);
    for (const [index, written] of tests.entries()) {
      this.tests.push({ written, column: null, target: { ...base, tags: [] }, at: place(tests, index), context });
    }
    for (const column of patch.columns) {
      const list = testsOf(column);
      const tags = column.texts('tags');
      for (const [index, written] of list.entries()) {
        const target = { ...base, tags };
        this.tests.push({ written, column: column.text('name') ?? '', target, at: place(list, index), context });
      }
    }
  }

  /** Gives every node its config, names and place in the manifest. */
  finish(): void {
    for (const drafts of this.#drafts.values()) for (const draft of drafts) finishNode(draft, this.#patches.get(draft));
  }
}

function keyOf(type: string, project: string, name: string): string {
  return `${type}.${project}.${name}`;
}

function unknown({ section, name, entry }: Described, { problems }: PackageContext): void {
  problems.note('model.reference', `\`${section}\` describes ${name}, which is not in the project`, {
    at: entry.at('name'),
  });
}

function scalarOf(value: Value | undefined): string | number | undefined {
  if (typeof value === 'string' || typeof value === 'number') return value;
  const inner = typeof value === 'object' && value !== null && 'value' in value ? value.value : undefined;
  return typeof inner === 'number' ? inner : undefined;
}

/** A day without a time is its beginning in UTC. */
function dateOf(entry: Entry): string | null {
  const text = entry.text('deprecation_date');
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00+00:00` : (text ?? null);
}

function hasNumber(version: Entry): boolean {
  if (scalarOf(version.get('v')) !== undefined) return true;
  version.problem('a version has its number as `v`');
  return false;
}

function numberOf(version: Entry): string | number {
  return scalarOf(version.get('v'))!;
}

function patchOf(described: Described): Patch {
  const { entry, unrendered } = described;
  return {
    described,
    config: patchConfig(entry),
    unrendered: patchConfig(unrendered),
    columns: entry.entries('columns'),
    description: entry.text('description') ?? '',
    at: entry.at('name'),
  };
}

/** A version says what is other than the model says. */
function versionPatch(described: Described, version: Entry, written: Entry): Patch {
  const base = patchOf(described);
  return {
    ...base,
    config: [...new Map([...base.config, ...patchConfig(version)])],
    unrendered: [...new Map([...base.unrendered, ...patchConfig(written)])],
    columns: versionColumns(base.columns, version),
    description: version.text('description') ?? base.description,
    at: version.at(),
  };
}

/** `include` and `exclude` choose among the model's columns; what a version describes itself replaces it. */
function versionColumns(all: readonly Entry[], version: Entry): Entry[] {
  const entries = version.entries('columns');
  const rule = entries.find((entry) => entry.has('include') || entry.has('exclude'));
  const own = entries.filter((entry) => entry !== rule);
  const include = rule?.get('include') ?? 'all';
  const excluded = new Set(rule?.texts('exclude') ?? []);
  const isIncluded = (name: string) =>
    (include === 'all' || include === '*' || (Array.isArray(include) && include.includes(name))) && !excluded.has(name);
  const names = new Set(own.map((entry) => entry.text('name')));
  return [...all.filter((entry) => !names.has(entry.text('name')) && isIncluded(entry.text('name') ?? '')), ...own];
}

function becomeVersion(node: ManifestNode, name: string, version: string | number, latest: string | number): void {
  node.unique_id = `model.${node.package_name}.${name}.v${version}`;
  node.fqn = [...fqnOf(node.package_name, node.path), name, `v${version}`];
  Object.assign(node, { name, version, latest_version: latest });
}

function finishNode({ node, calls, context }: NodeDraft, patch: Patch | undefined): void {
  const { config: own, active, manifest } = context;
  const call = Object.entries(calls.config);
  const levels = { type: node.resource_type, fqn: node.fqn, own, active, call };
  node.config = configOf({ ...levels, ...(patch === undefined ? {} : { patch: patch.config }) });
  node.unrendered_config = unrenderedConfigOf({
    ...levels,
    ...(patch === undefined ? {} : { patch: patch.unrendered }),
  });
  node.config_call_dict = calls.config;
  Object.assign(node, {
    refs: calls.refs,
    sources: calls.sources,
    depends_on: { nodes: [], macros: [...calls.macros] },
  });
  if (patch !== undefined) describeNode(node, patch, context);
  settle(node, context);
  parseHooks(node, context);
  if (node.config.enabled === false) addDisabled(manifest, node);
  else addNode(node, context);
}

/** What its hooks refer to, a node depends on too. */
function parseHooks(node: ManifestNode, context: PackageContext): void {
  for (const hook of [...listOf(node.config['pre-hook']), ...listOf(node.config['post-hook'])]) {
    const sql = isMap(hook) ? hook.get('sql') : undefined;
    if (typeof sql !== 'string') continue;
    const at = context.shown(node.original_file_path);
    const calls = context.problems.guard(() => parseCode(sql, at, context, node));
    if (calls === undefined) continue;
    node.refs = [...node.refs, ...calls.refs];
    node.sources = [...node.sources, ...calls.sources];
    node.depends_on.macros = [...new Set([...node.depends_on.macros, ...calls.macros])];
  }
}

function describeNode(
  node: ManifestNode,
  { described, columns, description, at }: Patch,
  context: PackageContext,
): void {
  node.description = describe(description, at, context);
  node.columns = columnsOf(columns);
  for (const column of Object.values(node.columns)) column.description = describe(column.description, at, context);
  node.patch_path = `${context.name}://${described.file.original}`;
  if (node.resource_type !== 'model') return;
  node.constraints = constraintsOf(described.entry);
  node.deprecation_date ??= dateOf(described.entry);
}

/** Copies to the node what artifacts show beside the config, and makes the names in the database. */
function settle(node: ManifestNode, context: PackageContext): void {
  const { config } = node;
  const tags = Array.isArray(config.tags) ? config.tags.map(String) : [];
  node.tags = [...new Set([...node.tags, ...tags])];
  if (isMap(config.meta)) node.meta = config.meta;
  if (isMap(config.docs)) node.docs = config.docs;
  node.group = typeof config.group === 'string' ? config.group : null;
  if (node.resource_type !== 'seed') node.contract = contractOf(node, config.contract);
  if (node.resource_type === 'model') settleModel(node);
  nameNode(node, context);
}

const ACCESS = ['private', 'protected', 'public'];

function settleModel(node: ManifestNode): void {
  const access = node.config.access;
  node.access = typeof access === 'string' && ACCESS.includes(access) ? access : 'protected';
  node.constraints ??= [];
  node.version ??= null;
  node.latest_version ??= null;
  node.deprecation_date ??= null;
}

/** Models alone have one that is enforced. */
function contractOf(node: ManifestNode, contract: Value | undefined): NonNullable<ManifestNode['contract']> {
  const enforced = isMap(contract) && truthOf(contract.get('enforced'));
  const aliasTypes = isMap(contract) ? truthOf(contract.get('alias_types') ?? true) : true;
  return { enforced, alias_types: aliasTypes, checksum: enforced ? contractChecksum(node) : null };
}

/** Of names, types and constraints, in order of name: what those who read the model rely on. */
function contractChecksum({ columns, constraints, config }: ManifestNode): string {
  const parts = Object.values(columns)
    .sort(byName)
    .map((column) => [column.name, column.data_type, column.constraints]);
  return createHash('sha256')
    .update(canonical([parts, config.materialized, constraints]))
    .digest('hex');
}

function byName(one: ColumnInfo, other: ColumnInfo): number {
  return one.name < other.name ? -1 : 1;
}

/** Two enabled nodes of one name are an error. */
function addNode(node: ManifestNode, { manifest, problems }: PackageContext): void {
  const other = manifest.nodes.get(node.unique_id);
  if (other === undefined) {
    manifest.nodes.set(node.unique_id, node);
    return;
  }
  const message = `${node.resource_type} ${node.name} is there twice: as ${other.original_file_path} too`;
  problems.add('model.duplicate', message, { at: node.original_file_path, fix: 'Rename one of the files.' });
}
