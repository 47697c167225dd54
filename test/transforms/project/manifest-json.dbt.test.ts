import assert from 'node:assert/strict';
import { test } from 'node:test';
import { macroCalls } from '../../../transforms/context/macro-calls.ts';
import { manifestJson } from '../../../transforms/project/manifest-json.ts';
import { askDbt } from './oracle.ts';
import { filesOf, load, engine as newEngine, SHOP } from './shop.ts';

const KINDS = ['nodes', 'sources', 'exposures', 'unit_tests', 'docs', 'groups', 'macros'] as const;

test('a manifest has the parts and fields that dbt writes, and the same edges', async () => {
  const theirs = await askDbt({ files: filesOf(SHOP), commands: [] });
  const engine = newEngine();
  const project = load(SHOP, { renderer: engine });
  const { library } = engine.scope;
  const ours = manifestJson(project, {
    invocation: { id: 'a test', startedAt: new Date() },
    generatedAt: new Date(),
    adapterType: 'duckdb',
    target: 'target',
    macroCalls: (macro) => macroCalls(macro, library),
  });
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs.manifest).sort());
  assert.deepEqual(Object.keys(ours.metadata as object).sort(), Object.keys(theirs.manifest.metadata!).sort());
  for (const kind of KINDS) {
    const own = ours[kind] as Record<string, object>;
    for (const [id, node] of Object.entries(theirs.manifest[kind])) {
      if (/^(?:macro|doc)\.dbt(?:_duckdb)?\./.test(id)) continue;
      assert.deepEqual(Object.keys(own[id]!).sort(), Object.keys(node).sort(), id);
    }
  }
  assert.deepEqual(ours.group_map, theirs.manifest.group_map);
  const map = ours.parent_map as Record<string, string[]>;
  for (const [id, parents] of Object.entries(theirs.manifest.parent_map)) {
    if (!/^(?:group|macro|doc)\./.test(id)) assert.deepEqual(map[id], [...parents].sort(), id);
  }
  const rounded = (ours.macros as Record<string, { depends_on: unknown }>)['macro.money.rounded']!;
  assert.deepEqual(rounded.depends_on, theirs.manifest.macros['macro.money.rounded']!.depends_on);
});
