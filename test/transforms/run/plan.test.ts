import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../../transforms/graph/graph.ts';
import { planRun, type RunPlan, remaining } from '../../../transforms/run/plan.ts';
import { fc } from '../../random.ts';
import { graphs, node, selections } from './random-graph.ts';

/** All that a node of a plan waits for, directly or not. */
function before(plan: RunPlan, id: string): Set<string> {
  const found = new Set<string>();
  const work = [...plan.needs(id)];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    work.push(...plan.needs(next));
  }
  return found;
}

test('a plan has the chosen nodes once, each after all chosen ones that it is made from', () => {
  fc.assert(
    fc.property(selections, ({ graph, chosen }) => {
      const plan = planRun(graph, chosen, { tests: false });
      assert.deepEqual([...plan.ids].sort(), [...chosen].sort());
      for (const [index, id] of plan.ids.entries()) {
        const ancestors = [...graph.ancestors([id])].filter((above) => chosen.has(above));
        assert.deepEqual([...before(plan, id)].sort(), ancestors.sort());
        for (const need of plan.needs(id)) assert.ok(plan.ids.indexOf(need) < index);
      }
    }),
  );
});

/** The rule as dbt has it: a test holds up what has all that the test looks at above it. */
function testsBefore(graph: Graph, id: string): string[] {
  const above = graph.ancestors([id]);
  const looksAt = (test: string) => graph.parentsOf(test);
  const all = [...graph.nodes.values()]
    .filter((other) => other.resource_type === 'test')
    .map((other) => other.unique_id);
  return all.filter((test) => looksAt(test).length > 0 && looksAt(test).every((parent) => above.has(parent)));
}

test('with tests, a model waits for every chosen test of what it is made from, and tests for no test', () => {
  fc.assert(
    fc.property(selections, ({ graph, chosen }) => {
      const plan = planRun(graph, chosen, { tests: true });
      assert.deepEqual([...plan.ids].sort(), [...chosen].sort());
      for (const id of plan.ids) {
        const waits = before(plan, id);
        const tests = testsBefore(graph, id).filter((test) => chosen.has(test) && test !== id);
        if (graph.nodes.get(id)!.resource_type === 'model') for (const test of tests) assert.ok(waits.has(test));
        const direct = [...graph.ancestors([id])].filter((above) => chosen.has(above));
        for (const above of direct) assert.ok(waits.has(above));
        for (const need of waits) {
          const isTest = graph.nodes.get(need)!.resource_type === 'test';
          assert.ok(isTest || direct.includes(need), `${id} waits for ${need} without a reason`);
        }
      }
    }),
  );
});

test('a test of two models holds up the first model that is made from both, not those of one alone', () => {
  const graph = new Graph([
    node('a', []),
    node('b', []),
    node('t', ['a', 'b'], 'test'),
    node('of_a', ['a']),
    node('both', ['of_a', 'b']),
    node('last', ['both']),
  ]);
  const plan = planRun(graph, new Set(graph.nodes.keys()), { tests: true });
  assert.deepEqual(plan.needs('of_a'), ['a']);
  assert.deepEqual(plan.needs('both'), ['of_a', 'b', 't']);
  assert.deepEqual(plan.needs('last'), ['both']);
});

test('what remains of a run is the longest way down, with the weights of the nodes', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const plan = planRun(graph, new Set(graph.nodes.keys()), { tests: false });
      const weightOf = (id: string) => 1 + (Number(id.slice(1)) % 5);
      const behind = remaining(plan, weightOf);
      const longest = (id: string): number => weightOf(id) + Math.max(0, ...graph.childrenOf(id).map(longest));
      for (const id of plan.ids) assert.equal(behind.get(id), longest(id));
    }),
  );
});

test('a unit test stands between its model and all that this waits for', () => {
  const graph = new Graph([
    node('a', []),
    node('b', ['a']),
    node('t', ['a'], 'test'),
    node('u', ['b'], 'unit_test'),
    node('c', ['b']),
  ]);
  const plan = planRun(graph, new Set(graph.nodes.keys()), { tests: true });
  assert.deepEqual(plan.needs('u'), ['a', 't']);
  assert.deepEqual(plan.needs('b'), ['a', 't', 'u']);
  assert.deepEqual(plan.needs('c'), ['b']);
  assert.deepEqual(planRun(graph, new Set(['u', 'b']), { tests: true }).needs('b'), ['u']);
  assert.deepEqual(planRun(graph, new Set(['u', 't']), { tests: false }).needs('u'), []);
});
