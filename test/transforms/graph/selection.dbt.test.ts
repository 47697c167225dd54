import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Graph } from '../../../transforms/graph/graph.ts';
import type { GraphNode } from '../../../transforms/graph/node.ts';
import { askDbt, type DbtAnswer } from '../project/oracle.ts';
import { filesOf, load, SHOP } from '../project/shop.ts';
import { EXPRESSIONS } from './expressions.ts';
import { list } from './listing.ts';

let dbt: DbtAnswer;

before(async () => {
  dbt = await askDbt({ files: filesOf(SHOP), commands: EXPRESSIONS });
});

/** dbt warns of a method that it does not know the value of, and lists nothing; ours refuses it. */
function wanted(index: number): readonly string[] {
  return dbt.answers[index] ?? [];
}

test('every expression selects what dbt ls lists, over the project as it is loaded', () => {
  const { graph } = load(SHOP);
  for (const [index, words] of EXPRESSIONS.entries()) {
    assert.deepEqual(list(graph, words, { project: 'corner_shop' }) ?? [], wanted(index), words.join(' '));
  }
});

test('it selects the same over a manifest that dbt wrote', () => {
  const { nodes, sources, exposures, unit_tests } = dbt.manifest;
  const all = [nodes, sources, exposures, unit_tests].flatMap((kind) => Object.values(kind));
  const graph = new Graph(all as unknown as GraphNode[]);
  for (const [index, words] of EXPRESSIONS.entries()) {
    assert.deepEqual(list(graph, words, { project: 'corner_shop' }) ?? [], wanted(index), words.join(' '));
  }
});

test('most expressions select something', () => {
  const some = dbt.answers.filter((ids) => ids !== null && ids.length > 0);
  assert.ok(some.length > EXPRESSIONS.length * 0.8, `only ${some.length} of ${EXPRESSIONS.length}`);
});
