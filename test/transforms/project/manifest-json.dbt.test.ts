import assert from 'node:assert/strict';
import { test } from 'node:test';
import { macroCalls } from '../../../transforms/context/macro-calls.ts';
import { manifestText } from '../../../transforms/project/manifest-json.ts';
import { askDbt } from './oracle.ts';
import { filesOf, load, engine as newEngine, SHOP } from './shop.ts';

const KINDS = ['nodes', 'sources', 'exposures', 'unit_tests', 'docs', 'groups', 'macros'] as const;

test('a manifest has the parts and fields that dbt writes, and the same edges', async () => {
  const theirs = await askDbt({ files: filesOf(SHOP), commands: [] });
  const engine = newEngine();
  const project = load(SHOP, { renderer: engine });
  const { library } = engine.scope;
  const text = manifestText(project, {
    invocation: { id: 'a test', startedAt: new Date() },
    generatedAt: new Date(),
    adapterType: 'duckdb',
    target: 'target',
    macroCalls: (macro) => macroCalls(macro, library),
  });
  const ours = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs.manifest).sort());
  assert.deepEqual(Object.keys(ours.metadata as object).sort(), Object.keys(theirs.manifest.metadata!).sort());
  for (const kind of KINDS) {
    const own = ours[kind] as Record<string, object>;
    for (const [id, node] of Object.entries(theirs.manifest[kind])) {
      if (/^(?:macro|doc)\.dbt(?:_duckdb)?\./.test(id)) continue;
      assert.deepEqual(Object.keys(own[id]!).sort(), Object.keys(node).sort(), id);
    }
  }
  const known = (id: string) => (ours.nodes as Record<string, Record<string, unknown>>)[id]!;
  for (const [id, node] of Object.entries(theirs.manifest.nodes)) {
    assert.deepEqual(known(id).primary_key, node.primary_key && [...(node.primary_key as string[])].sort(), id);
    const missing = Object.keys(node.config as object).filter((key) => !(key in (known(id).config as object)));
    assert.deepEqual(missing, [], `config of ${id}`);
  }
  for (const [id, source] of Object.entries(theirs.manifest.sources)) {
    const own = (ours.sources as Record<string, Record<string, unknown>>)[id]!;
    for (const key of ['relation_name', 'freshness', 'unrendered_config', 'config'])
      assert.deepEqual(own[key], source[key], `${key} of ${id}`);
  }
  const { money_people: people } = ours.group_map as Record<string, string[]>;
  assert.deepEqual(
    [...people!].sort(),
    [...(theirs.manifest.group_map as unknown as Record<string, string[]>).money_people!].sort(),
  );
  const map = ours.parent_map as Record<string, string[]>;
  for (const [id, parents] of Object.entries(theirs.manifest.parent_map)) {
    if (!/^(?:group|macro|doc)\./.test(id)) assert.deepEqual(map[id], [...parents].sort(), id);
  }
  const rounded = (ours.macros as Record<string, { depends_on: unknown }>)['macro.money.rounded']!;
  assert.deepEqual(rounded.depends_on, theirs.manifest.macros['macro.money.rounded']!.depends_on);
});
