import { millraceError } from '../../connectors/contract/index.ts';
import type { GraphNode } from './node.ts';

export type NodeSet = ReadonlySet<string>;

const NONE: readonly string[] = [];

/** Nodes by unique id and what each depends on. Edges to what is not in the graph are left out: macros, disabled nodes. */
export class Graph<Node extends GraphNode = GraphNode> {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly #parents = new Map<string, readonly string[]>();
  readonly #children = new Map<string, string[]>();

  constructor(nodes: Iterable<Node>) {
    const all = new Map<string, Node>();
    for (const node of nodes) all.set(node.unique_id, node);
    this.nodes = all;
    for (const [id, node] of all) this.#link(id, node);
  }

  #link(id: string, node: Node): void {
    const parents = [...new Set(node.depends_on?.nodes ?? NONE)].filter((parent) => this.nodes.has(parent));
    this.#parents.set(id, parents);
    for (const parent of parents) {
      const children = this.#children.get(parent);
      if (children === undefined) this.#children.set(parent, [id]);
      else children.push(id);
    }
  }

  parentsOf(id: string): readonly string[] {
    return this.#parents.get(id) ?? NONE;
  }

  childrenOf(id: string): readonly string[] {
    return this.#children.get(id) ?? NONE;
  }

  /** All that these depend on, up to `depth` steps away. One of them is among it only where another depends on it. */
  ancestors(of: Iterable<string>, depth = Number.POSITIVE_INFINITY): Set<string> {
    return walk(of, depth, (id) => this.parentsOf(id));
  }

  /** All that depends on these, up to `depth` steps away. */
  descendants(of: Iterable<string>, depth = Number.POSITIVE_INFINITY): Set<string> {
    return walk(of, depth, (id) => this.childrenOf(id));
  }

  /**
   * Each node after all that it depends on; among those that could be next, the one that stands first in `nodes`.
   * @throws MillraceError `model.cycle`, naming the way round
   */
  order(): string[] {
    const waiting = new Map<string, number>();
    for (const id of this.nodes.keys()) waiting.set(id, this.parentsOf(id).length);
    const order = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
    for (let at = 0; at < order.length; at += 1) {
      for (const child of this.childrenOf(order[at]!)) {
        const left = waiting.get(child)! - 1;
        waiting.set(child, left);
        if (left === 0) order.push(child);
      }
    }
    if (order.length < this.nodes.size) throw this.#cycleError();
    return order;
  }

  #cycleError(): Error {
    const cycle = this.cycle()!;
    const names = cycle.map((id) => this.nodes.get(id)!.name);
    return millraceError(
      'model.cycle',
      `these depend on each other in a circle: ${[...names, names[0]].join(' -> ')}`,
      {
        at: this.nodes.get(cycle[0]!)!.original_file_path,
      },
    );
  }

  /** The nodes of a circle, each depending on the next and the last on the first; undefined where there is none. */
  cycle(): string[] | undefined {
    const done = new Set<string>();
    for (const start of this.nodes.keys()) {
      const found = this.#cycleFrom(start, done);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Depth first without recursion: a chain may be longer than the stack. */
  #cycleFrom(start: string, done: Set<string>): string[] | undefined {
    const path: string[] = [];
    const onPath = new Set<string>();
    const work: { id: string; leave: boolean }[] = [{ id: start, leave: false }];
    for (let step = work.pop(); step !== undefined; step = work.pop()) {
      if (step.leave) {
        path.pop();
        onPath.delete(step.id);
        done.add(step.id);
      } else if (onPath.has(step.id)) {
        return path.slice(path.indexOf(step.id));
      } else if (!done.has(step.id)) {
        path.push(step.id);
        onPath.add(step.id);
        work.push({ id: step.id, leave: true });
        for (const parent of this.parentsOf(step.id)) work.push({ id: parent, leave: false });
      }
    }
    return undefined;
  }
}

function walk(from: Iterable<string>, depth: number, next: (id: string) => readonly string[]): Set<string> {
  const found = new Set<string>();
  let layer: Iterable<string> = from;
  for (let step = 0; step < depth; step += 1) {
    const reached = new Set<string>();
    for (const id of layer) for (const other of next(id)) if (!found.has(other)) reached.add(other);
    if (reached.size === 0) break;
    for (const id of reached) found.add(id);
    layer = reached;
  }
  return found;
}
