import { createHash } from 'node:crypto';
import { fqnOf } from '../graph/naming.ts';
import { canonical } from './json.ts';
import { addDisabled, type ManifestNode, type UnitTestNode } from './manifest.ts';
import { configOf, unrenderedConfigOf } from './node-config.ts';
import { type Described, patchConfig } from './schema-files.ts';
import { type ModelsByName, UnitFixtures } from './unit-fixture.ts';
import { isMap, type Value } from './value.ts';

/** A unit test, once for each version of its model that it is for. */
export function readUnitTest(described: Described, models: ModelsByName): void {
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
  for (const node of chosen) {
    addUnitTest(described, models, node);
    checkIncremental(described, node);
  }
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

function withParts(overrides: Map<Value, Value> | undefined): Map<Value, Value> | null {
  if (overrides === undefined) return null;
  const none = ['macros', 'vars', 'env_vars'].map((key): [Value, Value] => [key, new Map()]);
  return new Map([...none, ...overrides]);
}

const IS_INCREMENTAL = 'macro.dbt.is_incremental';

/** What `is_incremental()` is to give is for the test to say, and what `this` holds then. */
function checkIncremental({ entry, name }: Described, { depends_on, name: model }: ManifestNode): void {
  if (!depends_on.macros.includes(IS_INCREMENTAL)) return;
  const asked = entry.child('overrides')?.child('macros')?.get('is_incremental');
  if (typeof asked !== 'boolean') {
    entry.problem(`${model} asks for is_incremental(): the unit test ${name} overrides it with true or false`);
    return;
  }
  const hasThis = entry.entries('given').some((input) => input.text('input')?.trim() === 'this');
  if (asked && !hasThis) entry.problem(`the unit test ${name} of an incremental ${model} has an input \`this\``);
}

function addUnitTest(described: Described, models: ModelsByName, tested: ManifestNode): void {
  const { entry, context, file, name } = described;
  const model = entry.text('model')!;
  const version = tested.version ?? null;
  const suffix = version === null ? '' : `_v${version}`;
  const folder = file.original.split('/').slice(1).join('/');
  const fqn = fqnOf(context.name, folder, model, `${name}${suffix}`);
  const levels = { type: 'unit_test', fqn, own: context.config, active: context.active } as const;
  const fixtures = new UnitFixtures(described, models);
  const given = entry.entries('given').map((input) => fixtures.given(input));
  const expect = fixtures.expected(entry.child('expect'));
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
