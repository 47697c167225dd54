import { createHash } from 'node:crypto';
import { fqnOf } from '../graph/naming.ts';
import { parseReference } from './code-parse.ts';
import { describe } from './descriptions.ts';
import type { Entry } from './entry.ts';
import { canonical } from './json.ts';
import { addDisabled, type ExposureNode, type ManifestNode, type UnitTestNode } from './manifest.ts';
import { configOf, unrenderedConfigOf } from './node-config.ts';
import { type Described, patchConfig } from './schema-files.ts';
import { isMap, type Value } from './value.ts';

/** What uses the project's tables from outside. */
export function readExposure(described: Described): void {
  const { entry, context, file, name } = described;
  const { manifest, problems } = context;
  const fqn = fqnOf(context.name, file.relative, name);
  const levels = { type: 'exposure', fqn, own: context.config, active: context.active } as const;
  const config = configOf({ ...levels, patch: patchConfig(entry) });
  const at = entry.at('depends_on');
  const calls = entry
    .texts('depends_on')
    .flatMap((text) => problems.guard(() => parseReference(text, at, context)) ?? []);
  const owner = entry.child('owner');
  if (owner === undefined || !(owner.has('name') || owner.has('email'))) {
    entry.problem('an exposure has an `owner` with `name` or `email`');
  }
  const node: ExposureNode = {
    resource_type: 'exposure',
    unique_id: `exposure.${context.name}.${name}`,
    package_name: context.name,
    name,
    fqn,
    path: file.relative,
    original_file_path: file.original,
    type: entry.text('type') ?? '',
    label: entry.text('label') ?? null,
    maturity: entry.text('maturity') ?? null,
    url: entry.text('url') ?? null,
    owner: owner?.map ?? new Map(),
    description: describe(entry.text('description') ?? '', entry.at(), context),
    refs: calls.flatMap(({ refs }) => refs),
    sources: calls.flatMap(({ sources }) => sources),
    depends_on: { nodes: [], macros: [] },
    tags: Array.isArray(config.tags) ? config.tags.map(String) : [],
    meta: isMap(config.meta) ? config.meta : new Map(),
    config,
    unrendered_config: unrenderedConfigOf({ ...levels, patch: configAlone(described.unrendered) }),
  };
  if (config.enabled === false) addDisabled(manifest, node);
  else if (!manifest.exposures.has(node.unique_id)) manifest.exposures.set(node.unique_id, node);
  else problems.add('model.duplicate', `the exposure ${name} is there twice`, { at: entry.at('name') });
}

/** Only what `config` itself says is compared. */
function configAlone(entry: Entry): [string, Value][] {
  return [...(entry.child('config')?.map ?? [])].filter((pair): pair is [string, Value] => typeof pair[0] === 'string');
}

export function readGroup({ entry, context, file, name }: Described): void {
  const { manifest, problems } = context;
  const owner = entry.child('owner');
  if (owner === undefined) entry.problem('a group has an `owner`');
  const unique_id = `group.${context.name}.${name}`;
  if (manifest.groups.has(unique_id))
    problems.add('model.duplicate', `the group ${name} is there twice`, { at: entry.at('name') });
  manifest.groups.set(unique_id, {
    unique_id,
    resource_type: 'group',
    name,
    package_name: context.name,
    path: file.relative,
    original_file_path: file.original,
    owner: owner?.map ?? new Map(),
    description: entry.text('description') ?? null,
  });
}

/** What a file says of a macro of its package. */
export function describeMacro({ entry, context, file, name }: Described): void {
  const macro = context.manifest.macros.get(`macro.${context.name}.${name}`);
  if (macro === undefined) {
    const message = `\`macros\` describes ${name}, which is not in the project`;
    context.problems.note('model.reference', message, { at: entry.at('name') });
    return;
  }
  macro.description = describe(entry.text('description') ?? '', entry.at('name'), context);
  macro.patch_path = `${context.name}://${file.original}`;
  macro.arguments = entry.entries('arguments').map(({ map }) => map);
  const meta = entry.child('config')?.child('meta') ?? entry.child('meta');
  if (meta !== undefined) {
    macro.meta = meta.map;
    macro.config = { ...macro.config, meta: meta.map };
  }
}

/** A unit test, once for each version of its model that it is for. */
export function readUnitTest(described: Described, models: ReadonlyMap<string, readonly ManifestNode[]>): void {
  const { entry, context, name } = described;
  const model = entry.text('model');
  if (model === undefined) {
    entry.problem(`the unit test ${name} has no \`model\``);
    return;
  }
  if (!entry.has('given') || !isMap(entry.get('expect')))
    entry.problem(`the unit test ${name} has \`given\` and \`expect\``);
  const all = models.get(model) ?? [];
  const chosen = all.filter((node) => isChosen(node, entry.child('versions')?.map));
  if (chosen.length === 0 && !isDisabled(model, described)) {
    context.problems.add('model.reference', `the unit test ${name} is of ${model}, which is not in the project`, {
      at: entry.at('model'),
    });
  }
  for (const node of chosen) addUnitTest(described, model, node);
}

function isDisabled(model: string, { context }: Described): boolean {
  return [...context.manifest.disabled.values()].some(
    ([node]) => node?.resource_type === 'model' && node.name === model,
  );
}

function isChosen({ version }: ManifestNode, versions: Map<Value, Value> | undefined): boolean {
  const has = (key: string) => {
    const list = versions?.get(key);
    return Array.isArray(list) ? list.some((item) => String(item) === String(version)) : undefined;
  };
  return has('include') ?? !(has('exclude') ?? false);
}

/** Rows are maps unless another form is named. */
function withFormat(fixture: Value): Value {
  return isMap(fixture) ? new Map<Value, Value>([['format', 'dict'], ...fixture]) : fixture;
}

function withParts(overrides: Map<Value, Value> | undefined): Map<Value, Value> | null {
  if (overrides === undefined) return null;
  const none = ['macros', 'vars', 'env_vars'].map((key): [Value, Value] => [key, new Map()]);
  return new Map([...none, ...overrides]);
}

function addUnitTest(described: Described, model: string, tested: ManifestNode): void {
  const { entry, context, file, name } = described;
  const version = tested.version ?? null;
  const suffix = version === null ? '' : `_v${version}`;
  const folder = file.original.split('/').slice(1).join('/');
  const fqn = fqnOf(context.name, folder, model, `${name}${suffix}`);
  const levels = { type: 'unit_test', fqn, own: context.config, active: context.active } as const;
  const given = entry.list('given').map(withFormat);
  const expect = withFormat(entry.get('expect') ?? new Map()) as Map<Value, Value>;
  const overrides = withParts(entry.child('overrides')?.map);
  const node: UnitTestNode = {
    resource_type: 'unit_test',
    unique_id: `unit_test.${context.name}.${model}.${name}${suffix}`,
    package_name: context.name,
    name,
    model,
    schema: context.options.target.schema,
    fqn,
    path: file.relative,
    original_file_path: file.original,
    given,
    expect,
    overrides,
    version,
    description: entry.text('description') ?? '',
    checksum: createHash('sha256')
      .update(canonical([model, given, expect, overrides]))
      .digest('hex'),
    depends_on: { nodes: [tested.unique_id], macros: [] },
    config: configOf({ ...levels, patch: patchConfig(entry) }),
    unrendered_config: unrenderedConfigOf({ ...levels, patch: patchConfig(described.unrendered) }),
  };
  const tagged = Object.assign(node, { tags: Array.isArray(node.config.tags) ? node.config.tags.map(String) : [] });
  if (node.config.enabled === false) addDisabled(context.manifest, tagged);
  else context.manifest.unit_tests.set(node.unique_id, tagged);
}
