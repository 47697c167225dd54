/** Nodes that could begin, the most urgent first; among equals, the one that came first in the plan. A binary heap. */
export class ReadyNodes {
  readonly #heap: number[] = [];
  readonly #ids: readonly string[];
  readonly #urgency: ReadonlyMap<string, number>;

  /** `urgency` of all of `ids`. */
  constructor(ids: readonly string[], urgency: ReadonlyMap<string, number>) {
    this.#ids = ids;
    this.#urgency = urgency;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** @param index place of the node in `ids` */
  add(index: number): void {
    const heap = this.#heap;
    let at = heap.push(index) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(index, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = index;
  }

  take(): number | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(index: number): void {
    const heap = this.#heap;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      if (below + 1 < heap.length && this.#isBefore(heap[below + 1]!, heap[below]!)) below += 1;
      if (!this.#isBefore(heap[below]!, index)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = index;
  }

  #isBefore(one: number, other: number): boolean {
    const difference = this.#urgencyOf(other) - this.#urgencyOf(one);
    return difference === 0 ? one < other : difference < 0;
  }

  #urgencyOf(index: number): number {
    return this.#urgency.get(this.#ids[index]!)!;
  }
}
