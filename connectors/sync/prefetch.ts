/** More items that may be held, where they are not heavy: `weigh` says how much an item is of the `most` that all of them may be. */
export interface Room<T> {
  readonly most: number;
  readonly weigh: (item: T) => number;
}

/**
 * Reads ahead of its consumer by up to `depth` items, and by more while all that are held have room, so that reading and writing overlap; memory
 * stays bounded by both. An error of the source is thrown where its item would have come. Leaving the loop early ends the source.
 */
export async function* prefetch<T>(
  items: AsyncIterable<T>,
  depth: number,
  room: Room<T> = { most: 0, weigh: () => 0 },
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]();
  const ahead: Promise<IteratorResult<T>>[] = [];
  let open = true;
  let come = 0;
  let held = 0;
  const pull = () => {
    // One at a time: a source's next() may only be asked for when the one before it has answered.
    const before = ahead.at(-1) ?? Promise.resolve();
    const next = before.then(() => (open ? iterator.next() : { done: true as const, value: undefined })).then(arrived);
    next.catch(() => undefined);
    ahead.push(next);
  };
  const arrived = (item: IteratorResult<T>) => {
    come++;
    if (item.done) open = false;
    else {
      held += room.weigh(item.value);
      fill();
    }
    return item;
  };
  const fill = () => {
    while (open && ahead.length < depth) pull();
    if (open && come === ahead.length && held < room.most) pull();
  };
  try {
    fill();
    for (;;) {
      const item = await ahead[0]!;
      void ahead.shift();
      come--;
      if (item.done) return;
      held -= room.weigh(item.value);
      fill();
      yield item.value;
    }
  } finally {
    open = false;
    await Promise.allSettled(ahead);
    await iterator.return?.();
  }
}
