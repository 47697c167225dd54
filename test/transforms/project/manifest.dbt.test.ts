import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { canonical } from '../../../transforms/project/json.ts';
import type { LoadedProject } from '../../../transforms/project/load.ts';
import { askDbt, type DbtAnswer, type DbtNode } from './oracle.ts';
import { filesOf, load, SHOP } from './shop.ts';

const KINDS = ['nodes', 'sources', 'exposures', 'unit_tests', 'groups', 'docs', 'macros'] as const;
const FIELDS = [
  'name', 'resource_type', 'package_name', 'path', 'original_file_path', 'unique_id', 'fqn', 'alias', 'schema', 'database', 'checksum',
  'config', 'unrendered_config', 'tags', 'description', 'source_description', 'meta', 'group', 'docs', 'patch_path', 'raw_code', 'language',
  'refs', 'sources', 'contract', 'access', 'version', 'latest_version', 'deprecation_date', 'constraints', 'test_metadata', 'column_name',
  'file_key_name', 'attached_node', 'identifier', 'source_name', 'loader', 'loaded_at_field', 'freshness', 'quoting', 'source_meta', 'type',
  'label', 'maturity', 'url', 'owner', 'model', 'given', 'expect', 'overrides', 'block_contents', 'macro_sql', 'index',
]; // biome-ignore format: a table

/** What is ours by choice: hashes that dbt makes of Python's `repr` of its classes, and configs that mean nothing for a group. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  'model.corner_shop.prices': ['contract'],
  'group.corner_shop.money_people': ['config'],
  'unit_test.corner_shop.orders.totals_add_up': ['checksum'],
  'operation.corner_shop.corner_shop-on-run-start-0': ['checksum'],
  'operation.corner_shop.corner_shop-on-run-end-0': ['checksum'],
};

let ours: LoadedProject;
let theirs: DbtAnswer;

before(async () => {
  ours = load(SHOP);
  theirs = await askDbt({ files: filesOf(SHOP), commands: [] });
  assert.equal(theirs.error, undefined);
});

test('the example loads without a problem', () => {
  assert.deepEqual(ours.problems.errors.map(String), []);
  assert.deepEqual(ours.problems.notes.map(String), []);
});

test('it has the nodes that dbt finds, and no other', () => {
  for (const kind of KINDS) {
    const wanted = Object.keys(theirs.manifest[kind]).filter((id) => !/^(?:doc|macro)\.dbt(?:_duckdb)?\./.test(id));
    const own = [...ours.manifest[kind].keys()].filter((id) => !id.startsWith('macro.dbt.'));
    assert.deepEqual(own.sort(), wanted.sort(), kind);
  }
  assert.deepEqual([...ours.manifest.disabled.keys()].sort(), Object.keys(theirs.manifest.disabled).sort());
});

test('each node is what dbt makes of it, field by field', () => {
  let compared = 0;
  for (const kind of KINDS) {
    for (const [id, node] of ours.manifest[kind]) {
      if (id.startsWith('macro.dbt.')) continue;
      const other = theirs.manifest[kind][id]!;
      for (const field of FIELDS) {
        if (!(field in other) || OURS[id]?.includes(field)) continue;
        assert.equal(comparable(node, field), comparable(other, field), `${id}: ${field}`);
        compared += 1;
      }
    }
  }
  assert.ok(compared > 1000, `only ${compared} fields`);
});

test('each node depends on what dbt says', () => {
  for (const [id, parents] of Object.entries(theirs.manifest.parent_map)) {
    if (/^(?:group|macro|doc)\./.test(id)) continue;
    assert.deepEqual([...ours.graph.parentsOf(id)].sort(), [...parents].sort(), id);
  }
});

test('columns are described alike', () => {
  for (const [id, node] of ours.manifest.nodes) {
    const columns = Object.entries(theirs.manifest.nodes[id]!.columns as Record<string, DbtNode>);
    const bare = columns.map(([name, { doc_blocks: _blocks, ...column }]) => [name, column]);
    assert.equal(canonical(node.columns), canonical(Object.fromEntries(bare)), id);
  }
});

/** Tags and references are sets; a version that a test names is text to dbt. */
function comparable(node: object, field: string): string {
  const value = (node as Record<string, unknown>)[field];
  if (field === 'tags') return canonical([...new Set(value as string[])].sort());
  if (field === 'refs')
    return [...(value as object[])]
      .map((ref) => canonical(ref).replace(/"version":(\d+)/, '"version":"$1"'))
      .sort()
      .join();
  if (field === 'config' || field === 'unrendered_config') return canonical(value).replace(/"tags":\[[^\]]*\]/, tagSet);
  return canonical(value);
}

function tagSet(text: string): string {
  const list = JSON.parse(text.slice('"tags":'.length)) as string[];
  return JSON.stringify([...new Set(list)].sort());
}
