import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { CompareTable, HashName } from '../../connectors/contract/index.ts';
import { batch, destination, load, memory, never, target } from './fixture.ts';

const schema = {
  stream: { namespace: 'c', name: 'rows' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 64, unsigned: false } as const, nullable: false },
    { name: 'name', type: { kind: 'text' } as const, nullable: true },
    { name: 'price', type: { kind: 'decimal', precision: 10, scale: 2, unsigned: false } as const, nullable: true },
  ],
  key: ['id'],
};
const rows: (string | null)[][] = Array.from({ length: 5000 }, (_, i) => [
  String(i * 3 - 600),
  i % 7 === 0 ? null : `näme ${i}`,
  i % 5 === 0 ? null : `${i}.50`,
]);
const table: CompareTable = { stream: schema.stream, columns: schema.columns, key: ['id'] };

const text = (cells: readonly (string | null)[]) =>
  cells.map((cell) => (cell === null ? 'N' : `${Buffer.byteLength(cell)}:${cell}`)).join('');
const hashOf = (cells: readonly (string | null)[], hash: HashName) =>
  createHash(hash).update(text(cells)).digest('hex');

function digest(some: readonly (string | null)[][], hash: HashName) {
  const hashes = some.map((row) => hashOf(row, hash));
  const sum = (from: number) => hashes.reduce((total, hex) => total + BigInt(`0x${hex.slice(from, from + 16)}`), 0n);
  return { rows: some.length, high: sum(0), low: sum(16) };
}

test('checksums are those of the rows, by both hashes, of ranges and buckets', async () => {
  const path = memory();
  await using to = destination(path);
  await load(to, target(schema, 'append'), [batch(schema, rows)]);
  const comparer = to.comparer();
  assert.deepEqual(await comparer.extent(table, {}, never), { rows: 5000, low: '-600', high: '14397' });
  assert.deepEqual(await comparer.extent(table, { range: { from: '0', to: '30' } }, never), {
    rows: 10,
    low: '0',
    high: '27',
  });
  for (const hash of await comparer.hashes(never)) {
    assert.deepEqual(await comparer.digests(table, [{}], hash, never), [digest(rows, hash)]);
    const ranges = [{ to: '0' }, { from: '0', to: '9' }, { from: '9', to: '9000' }, { from: '10000' }];
    const within = ({ from, to: end }: { from?: string; to?: string }) =>
      rows.filter(
        ([id]) => (from === undefined || Number(id) >= Number(from)) && (end === undefined || Number(id) < Number(end)),
      );
    assert.deepEqual(
      await comparer.digests(
        table,
        ranges.map((range) => ({ range })),
        hash,
        never,
      ),
      ranges.map((range) => digest(within(range), hash)),
    );
    const buckets = ['0', '7', 'f'];
    const inBucket = (bucket: string) => rows.filter(([id]) => hashOf([id!], hash).startsWith(bucket));
    assert.deepEqual(
      await comparer.digests(
        table,
        buckets.map((bucket) => ({ bucket })),
        hash,
        never,
      ),
      buckets.map((bucket) => digest(inBucket(bucket), hash)),
    );
    const found: unknown[] = [];
    for await (const some of comparer.rows(
      table,
      buckets.map((bucket) => ({ bucket })),
      hash,
      never,
    ))
      found.push(...some);
    const expected = buckets
      .flatMap(inBucket)
      .map((row) => ({ key: [row[0]], keyHash: hashOf([row[0]!], hash), hash: hashOf(row, hash) }));
    assert.deepEqual(
      found,
      expected.sort((a, b) => (a.keyHash < b.keyHash ? -1 : 1)),
    );
  }
});

test('rows are fetched by key; keys without a row are left out', async () => {
  const path = memory();
  await using to = destination(path);
  await load(to, target(schema, 'append'), [batch(schema, rows)]);
  const found = await to.comparer().fetch(table, [['0'], ['1'], ['3']], never);
  assert.deepEqual([...found].sort(), [
    ['["0"]', [rows[200]]],
    ['["3"]', [rows[201]]],
  ]);
});

test('one value changed in two rows changes the sums', async () => {
  const changed = rows.map((row, i) => (i < 2 ? [row[0]!, 'other', row[2]!] : row));
  assert.notDeepEqual(digest(changed, 'md5'), digest(rows, 'md5'));
  const path = memory();
  await using to = destination(path);
  await load(to, target(schema, 'append'), [batch(schema, changed)]);
  assert.deepEqual(await to.comparer().digests(table, [{}], 'md5', never), [digest(changed, 'md5')]);
});
