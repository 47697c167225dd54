import type { Difference, RowDigest } from '../contract/index.ts';

/** Rows of one key: most often a single one. */
interface Group {
  readonly key: RowDigest['key'];
  readonly keyHash: string;
  /** How many rows have each hash. */
  readonly hashes: ReadonlyMap<string, number>;
}

/** Merges the rows of two sides, both ordered by the key's hash, and yields where they differ. `count` is told of rows as they come. */
export async function* mergeRows(
  source: AsyncIterable<readonly RowDigest[]>,
  destination: AsyncIterable<readonly RowDigest[]>,
  count: (rows: number) => void,
): AsyncGenerator<Difference> {
  const [ours, theirs] = [groups(source, count), groups(destination, count)];
  try {
    let [a, b] = await Promise.all([take(ours), take(theirs)]);
    while (a !== undefined || b !== undefined) {
      if (b === undefined || (a !== undefined && a.keyHash < b.keyHash)) {
        yield* surplus('only-source', a!);
        a = await take(ours);
      } else if (a === undefined || b.keyHash < a.keyHash) {
        yield* surplus('only-destination', b);
        b = await take(theirs);
      } else {
        yield* compareGroups(a, b);
        [a, b] = await Promise.all([take(ours), take(theirs)]);
      }
    }
  } finally {
    await Promise.allSettled([ours.return(undefined), theirs.return(undefined)]);
  }
}

async function take(iterator: AsyncGenerator<Group>): Promise<Group | undefined> {
  const next = await iterator.next();
  return next.done === true ? undefined : next.value;
}

async function* groups(rows: AsyncIterable<readonly RowDigest[]>, count: (rows: number) => void) {
  let open: { key: RowDigest['key']; keyHash: string; hashes: Map<string, number> } | undefined;
  for await (const array of rows) {
    count(array.length);
    for (const { key, keyHash, hash } of array) {
      if (open?.keyHash !== keyHash) {
        if (open !== undefined) yield open satisfies Group;
        open = { key, keyHash, hashes: new Map() };
      }
      open.hashes.set(hash, (open.hashes.get(hash) ?? 0) + 1);
    }
  }
  if (open !== undefined) yield open satisfies Group;
}

/** One difference for each row. */
function* surplus(kind: Difference['kind'], { key, hashes }: Group): Generator<Difference> {
  const rows = [...hashes.values()].reduce((sum, n) => sum + n, 0);
  for (let i = 0; i < rows; i++) yield { kind, key };
}

/** Rows of one key: those that the sides do not share are paired as different, the rest is too many on one side. */
function* compareGroups(a: Group, b: Group): Generator<Difference> {
  let ours = unshared(a, b);
  let theirs = unshared(b, a);
  for (; ours > 0 && theirs > 0; ours--, theirs--) yield { kind: 'different', key: a.key };
  for (; ours > 0; ours--) yield { kind: 'only-source', key: a.key };
  for (; theirs > 0; theirs--) yield { kind: 'only-destination', key: b.key };
}

function unshared(group: Group, other: Group): number {
  let rows = 0;
  for (const [hash, n] of group.hashes) rows += Math.max(0, n - (other.hashes.get(hash) ?? 0));
  return rows;
}
