import { Graph } from '../graph/graph.ts';
import type { GraphNode, ResourceType } from '../graph/node.ts';

/** What is to run, and what each waits for. */
export interface RunPlan {
  /** Each after all that it needs. */
  readonly ids: readonly string[];
  /** Of those that run too, the ones that must have ended before. */
  needs(id: string): readonly string[];
}

const BUILT: ReadonlySet<ResourceType> = new Set(['model', 'seed', 'snapshot']);

/**
 * The plan of the chosen nodes. What is not chosen does not run, but what leads through it still holds: `a -> (b) -> c` runs `a` before `c`.
 * With `tests`, what is built waits for the tests of all that it is made from, and for its own unit tests, as `dbt build` has it.
 * @throws MillraceError `model.cycle`
 */
export function planRun(graph: Graph, chosen: ReadonlySet<string>, { tests }: { tests: boolean }): RunPlan {
  const whole = tests ? withTests(graph, chosen) : graph;
  const nearest = new Map<string, readonly string[]>();
  const ids: string[] = [];
  for (const id of whole.order()) {
    const found = new Set<string>();
    for (const parent of whole.parentsOf(id)) {
      if (chosen.has(parent)) found.add(parent);
      else for (const above of nearest.get(parent)!) found.add(above);
    }
    nearest.set(id, [...found]);
    if (chosen.has(id)) ids.push(id);
  }
  return { ids, needs: (id) => nearest.get(id)! };
}

/**
 * The graph with an edge from each chosen test to the first nodes below all that it looks at: the others wait through them. Unit tests stand
 * between a model and what it is made from.
 */
function withTests(graph: Graph, chosen: ReadonlySet<string>): Graph {
  const added = new Map<string, string[]>();
  for (const [id, node] of graph.nodes) {
    if (node.resource_type !== 'test' || !chosen.has(id)) continue;
    for (const below of firstBelow(graph, graph.parentsOf(id))) put(added, below, id);
  }
  const units = new Map<string, string[]>();
  for (const [id, node] of graph.nodes)
    if (node.resource_type === 'unit_test' && chosen.has(id)) put(units, graph.parentsOf(id)[0]!, id);
  const nodes = [...graph.nodes.values()].map((node) => {
    const { unique_id: id } = node;
    if (node.resource_type === 'unit_test' && chosen.has(id)) {
      const [model] = graph.parentsOf(id);
      return waitingFor(node, [...graph.parentsOf(model!), ...(added.get(model!) ?? [])]);
    }
    const tests = [...(added.get(id) ?? []), ...(units.get(id) ?? [])];
    return tests.length === 0 ? node : waitingFor(node, [...graph.parentsOf(id), ...tests]);
  });
  return new Graph(nodes);
}

function put(map: Map<string, string[]>, key: string, id: string): void {
  const others = map.get(key);
  if (others === undefined) map.set(key, [id]);
  else others.push(id);
}

function waitingFor(node: GraphNode, nodes: readonly string[]): GraphNode {
  return { ...node, depends_on: { nodes } };
}

/** What is built from all of these, directly or not, before anything else that is. */
function firstBelow(graph: Graph, parents: readonly string[]): string[] {
  const [first, ...others] = parents;
  if (first === undefined) return [];
  const isBuilt = (id: string) => BUILT.has(graph.nodes.get(id)!.resource_type);
  if (others.length === 0) return graph.childrenOf(first).filter(isBuilt);
  const sets = parents.map((parent) => graph.descendants([parent])).sort((one, other) => one.size - other.size);
  const common = new Set([...sets[0]!].filter((id) => sets.every((set) => set.has(id))));
  return [...common].filter((id) => isBuilt(id) && !graph.parentsOf(id).some((parent) => common.has(parent)));
}

/**
 * How much time still lies behind the begin of each node, along the longest way down: who is first by it keeps the run as short as it can be.
 * `weightOf` is the time that a node takes, as far as it is known.
 */
export function remaining({ ids, needs }: RunPlan, weightOf: (id: string) => number): Map<string, number> {
  const behind = new Map<string, number>();
  for (const id of ids.toReversed()) {
    const total = (behind.get(id) ?? 0) + weightOf(id);
    behind.set(id, total);
    for (const need of needs(id)) behind.set(need, Math.max(behind.get(need) ?? 0, total));
  }
  return behind;
}
