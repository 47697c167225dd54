import type { Graph } from './graph.ts';
import { type GraphNode, isEmpty, isEnabled, type ResourceType } from './node.ts';
import { methodOf, type SelectionContext } from './selection-method.ts';
import type { Combination, Criterion, IndirectMode, Selection } from './selection-spec.ts';

export interface SelectionResult {
  readonly ids: ReadonlySet<string>;
  /** Parts of the selection that nothing answered to, as they were written. */
  readonly unmatched: readonly string[];
}

export interface SelectionFilter {
  /** Kinds that are kept; all by default. */
  readonly types?: ReadonlySet<ResourceType>;
  readonly notTypes?: ReadonlySet<ResourceType>;
  /** Files without a statement are left out unless asked for. */
  readonly empty?: boolean;
}

interface Found {
  readonly direct: ReadonlySet<string>;
  /** Tests of which not every parent was there yet. */
  readonly indirect: ReadonlySet<string>;
}

/**
 * The nodes of a graph of enabled nodes that a selection names, with the tests that come with them.
 * @throws MillraceError `select.invalid`
 */
export function select(
  graph: Graph,
  selection: Selection,
  context: SelectionContext = {},
  filter: SelectionFilter = {},
): SelectionResult {
  const run = new SelectionRun(graph, context);
  const { direct } = run.find(selection);
  const keeps = (node: GraphNode) =>
    isEnabled(node) &&
    (filter.empty === true || !isEmpty(node)) &&
    (filter.types?.has(node.resource_type) ?? true) &&
    !filter.notTypes?.has(node.resource_type);
  return { ids: new Set([...direct].filter((id) => keeps(graph.nodes.get(id)!))), unmatched: run.unmatched };
}

class SelectionRun {
  readonly unmatched: string[] = [];
  readonly #graph: Graph;
  readonly #context: SelectionContext;

  constructor(graph: Graph, context: SelectionContext) {
    this.#graph = graph;
    this.#context = context;
  }

  find(selection: Selection): Found {
    return selection.kind === 'criterion' ? this.#term(selection) : this.#combined(selection);
  }

  #term(term: Criterion): Found {
    const named = methodOf(term, this.#graph, this.#context);
    const selected = new Set(named);
    if (term.childrensParents) {
      const below = new Set([...this.#graph.descendants(named), ...named]);
      for (const id of [...this.#graph.ancestors(below), ...below]) selected.add(id);
    }
    if (term.parents !== undefined) for (const id of this.#graph.ancestors(named, term.parents)) selected.add(id);
    if (term.children !== undefined) for (const id of this.#graph.descendants(named, term.children)) selected.add(id);
    return term.indirect === 'empty'
      ? { direct: selected, indirect: new Set() }
      : this.#withTests(selected, term.indirect);
  }

  /** Eager: a test comes with any of its parents; cautious: with all; buildable: with all, or with what those are built from. */
  #withTests(selected: ReadonlySet<string>, mode: IndirectMode): Found {
    const direct = new Set(selected);
    const indirect = new Set<string>();
    const enough = mode === 'buildable' ? this.#builtFrom(selected, true) : selected;
    for (const parent of selected) {
      for (const id of this.#graph.childrenOf(parent)) {
        if (!this.#comesAlong(id)) continue;
        if (mode === 'eager' || this.#parentsIn(id, enough)) direct.add(id);
        else indirect.add(id);
      }
    }
    return { direct, indirect };
  }

  #comesAlong(id: string): boolean {
    const type = this.#graph.nodes.get(id)!.resource_type;
    return type === 'test' || type === 'unit_test';
  }

  #parentsIn(id: string, ids: ReadonlySet<string>): boolean {
    return (this.#graph.nodes.get(id)!.depends_on?.nodes ?? []).every((parent) => ids.has(parent));
  }

  #builtFrom(selected: ReadonlySet<string>, withSources: boolean): Set<string> {
    const ids = new Set([...selected, ...this.#graph.ancestors(selected)]);
    if (!withSources) return ids;
    for (const [id, node] of this.#graph.nodes) if (node.resource_type === 'source') ids.add(id);
    return ids;
  }

  #combined({ kind, parts, indirect: mode, raw }: Combination): Found {
    const found = parts.map((part) => this.find(part));
    const initial = combine(
      kind,
      found.map(({ direct }) => direct),
    );
    const indirect = combine(
      kind,
      found.map(({ direct, indirect }) => new Set([...direct, ...indirect])),
    );
    const direct = this.#completed(initial, indirect, mode);
    if (raw !== undefined && direct.size === 0) this.unmatched.push(raw);
    return { direct, indirect };
  }

  /** Tests whose other parents came by another part. */
  #completed(direct: ReadonlySet<string>, indirect: ReadonlySet<string>, mode: IndirectMode): ReadonlySet<string> {
    if (mode !== 'cautious' && mode !== 'buildable') return direct;
    const selected = new Set(direct);
    const built = mode === 'buildable' ? this.#builtFrom(direct, false) : undefined;
    for (const id of indirect) {
      if (this.#graph.nodes.get(id)!.resource_type === 'unit_test') continue;
      if (isInNodes(this.#graph.nodes.get(id)!) && this.#parentsIn(id, built ?? selected)) selected.add(id);
    }
    return selected;
  }
}

/** What dbt keeps under `nodes`: neither sources nor exposures. */
function isInNodes({ resource_type }: GraphNode): boolean {
  return ['model', 'seed', 'snapshot', 'test', 'analysis', 'operation'].includes(resource_type);
}

function combine(kind: Combination['kind'], sets: readonly ReadonlySet<string>[]): Set<string> {
  const [first = new Set<string>(), ...rest] = sets;
  return rest.reduce<Set<string>>((so, set) => {
    if (kind === 'union') return so.union(set);
    return kind === 'intersection' ? so.intersection(set) : so.difference(set);
  }, new Set(first));
}
