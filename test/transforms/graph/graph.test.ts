import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { Graph } from '../../../transforms/graph/graph.ts';
import type { GraphNode } from '../../../transforms/graph/node.ts';
import { select } from '../../../transforms/graph/selection.ts';
import { parseSelection } from '../../../transforms/graph/selection-spec.ts';
import { fc } from '../../random.ts';

function node(name: string, parents: readonly string[]): GraphNode {
  return {
    unique_id: `model.p.${name}`,
    resource_type: 'model',
    package_name: 'p',
    name,
    fqn: ['p', name],
    original_file_path: `models/${name}.sql`,
    depends_on: { nodes: parents.map((parent) => `model.p.${parent}`) },
  };
}

/** Nodes `n0` .. `n19`, each depending on some before it, in any order. */
const acyclic = fc
  .array(fc.array(fc.nat(19), { maxLength: 4 }), { minLength: 1, maxLength: 20 })
  .map((parents) =>
    parents.map((of, index) =>
      node(
        `n${index}`,
        of.filter((parent) => parent < index).map((parent) => `n${parent}`),
      ),
    ),
  )
  .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));

function names(graph: Graph, ...terms: string[]): Set<string> {
  return new Set(select(graph, parseSelection(terms, undefined)).ids);
}

test('every node comes after all that it depends on', () => {
  fc.assert(
    fc.property(acyclic, (nodes) => {
      const graph = new Graph(nodes);
      const order = graph.order();
      assert.equal(new Set(order).size, nodes.length);
      for (const id of order)
        for (const parent of graph.parentsOf(id)) assert.ok(order.indexOf(parent) < order.indexOf(id));
      assert.equal(graph.cycle(), undefined);
    }),
  );
});

test('a circle is found, and named along its edges', () => {
  fc.assert(
    fc.property(acyclic, fc.nat(), fc.nat(), (nodes, one, other) => {
      const graph = new Graph(nodes);
      const [from, to] = [nodes[one % nodes.length]!, nodes[other % nodes.length]!];
      const below = new Set([...graph.descendants([from.unique_id]), from.unique_id]);
      fc.pre(below.has(to.unique_id));
      const closing = { ...from, depends_on: { nodes: [...from.depends_on!.nodes!, to.unique_id] } };
      const closed = nodes.map((each) => (each === from ? closing : each));
      const round = new Graph(closed);
      const cycle = round.cycle()!;
      for (const [index, id] of cycle.entries()) {
        assert.ok(round.parentsOf(id).includes(cycle[(index + 1) % cycle.length]!), cycle.join(' '));
      }
      assert.throws(
        () => round.order(),
        (error) => error instanceof MillraceError && error.code === 'model.cycle',
      );
    }),
  );
});

test('signs, unions and exclusions are what sets are', () => {
  fc.assert(
    fc.property(acyclic, fc.nat(), fc.nat(), fc.nat(4), (nodes, one, other, depth) => {
      const graph = new Graph(nodes);
      const [a, b] = [nodes[one % nodes.length]!, nodes[other % nodes.length]!];
      const up = names(graph, `+${a.name}`);
      assert.deepEqual(up, new Set([a.unique_id, ...graph.ancestors([a.unique_id])]));
      assert.equal(up.has(b.unique_id), names(graph, `${b.name}+`).has(a.unique_id));
      assert.deepEqual(names(graph, a.name, b.name), names(graph, a.name).union(names(graph, b.name)));
      assert.deepEqual(names(graph, `+${a.name},+${b.name}`), up.intersection(names(graph, `+${b.name}`)));
      const without = select(graph, parseSelection([`+${a.name}`], [`+${b.name}`])).ids;
      assert.deepEqual(new Set(without), up.difference(names(graph, `+${b.name}`)));
      assert.ok(names(graph, `${depth}+${a.name}`).isSubsetOf(names(graph, `${depth + 1}+${a.name}`)));
      const needed = names(graph, `@${a.name}`);
      for (const id of needed) for (const parent of graph.parentsOf(id)) assert.ok(needed.has(parent));
    }),
  );
});

test('a long chain needs no stack', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => node(`n${index}`, index === 0 ? [] : [`n${index - 1}`]));
  const graph = new Graph(chain);
  assert.equal(graph.order().length, chain.length);
  assert.equal(graph.cycle(), undefined);
  assert.equal(graph.ancestors(['model.p.n19999']).size, 19_999);
});
