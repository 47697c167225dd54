/**
 * Reads ahead of its consumer by up to `depth` items, so that reading and writing overlap; memory stays bounded by `depth`.
 * An error of the source is thrown where its item would have come. Leaving the loop early ends the source.
 */
export async function* prefetch<T>(items: AsyncIterable<T>, depth: number): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const ahead: Promise<IteratorResult<T>>[] = [];
  let open = true;
  const pull = () => {
    // One at a time: a source's next() may only be asked for when the one before it has answered.
    const before = ahead.at(-1) ?? Promise.resolve();
    const next = before.then(() => (open ? iterator.next() : { done: true as const, value: undefined }));
    next.catch(() => undefined);
    ahead.push(next);
  };
  try {
    for (let i = 0; i < depth; i++) pull();
    for (;;) {
      const item = await ahead.shift()!;
      if (item.done) return;
      pull();
      yield item.value;
    }
  } finally {
    open = false;
    await Promise.allSettled(ahead);
    await iterator.return?.();
  }
}
