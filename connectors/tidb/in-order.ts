/**
 * Maps items with some of them under way side by side; results come in the order of the items. What is still under way when the consumer
 * stops is told so by the signal, and waited for.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  atOnce: number,
  signal: AbortSignal,
  map: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const stop = new AbortController();
  const lasting = AbortSignal.any([signal, stop.signal]);
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = map(item, lasting);
      // It is awaited in its turn; until then its failure is nobody's.
      result.catch(() => undefined);
      running.push(result);
      if (running.length >= atOnce) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
}
