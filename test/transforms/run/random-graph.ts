import { Graph } from '../../../transforms/graph/graph.ts';
import type { GraphNode, ResourceType } from '../../../transforms/graph/node.ts';
import { fc } from '../../random.ts';

export function node(id: string, parents: readonly string[], type: ResourceType = 'model'): GraphNode {
  return {
    unique_id: id,
    resource_type: type,
    package_name: 'p',
    name: id,
    fqn: ['p', id],
    original_file_path: `${id}.sql`,
    depends_on: { nodes: parents },
  };
}

/** Graphs of sources, models and tests, each node with some of the former as parents; in any order. */
export const graphs: fc.Arbitrary<Graph> = fc
  .array(
    fc.record({
      type: fc.constantFrom('model', 'model', 'test', 'source'),
      parents: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    {
      minLength: 1,
      maxLength: 24,
    },
  )
  .chain((shapes) => {
    const nodes: GraphNode[] = [];
    for (const [index, { type, parents }] of shapes.entries()) {
      const possible = nodes.filter((other) => other.resource_type !== 'test').map((other) => other.unique_id);
      const chosen =
        possible.length === 0 || type === 'source' ? [] : parents.map((at) => possible[at % possible.length]!);
      nodes.push(node(`n${index}`, [...new Set(chosen)], type as ResourceType));
    }
    return fc.shuffledSubarray(nodes, { minLength: nodes.length }).map((shuffled) => new Graph(shuffled));
  });

/** A graph with some of its nodes. */
export const selections: fc.Arbitrary<{ graph: Graph; chosen: ReadonlySet<string> }> = graphs.chain((graph) =>
  fc.subarray([...graph.nodes.keys()]).map((ids) => ({
    graph,
    chosen: new Set(ids.filter((id) => graph.nodes.get(id)!.resource_type !== 'source')),
  })),
);
