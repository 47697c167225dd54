import assert from 'node:assert/strict';
import test from 'node:test';
import type { Column, ColumnType, CompareTable } from '../../connectors/contract/index.ts';
import { type DiffSizes, diffTables, newTally } from '../../connectors/sync/diff.ts';
import { fc } from '../random.ts';
import { memoryComparer, type Row } from './memory-comparer.ts';

const small: DiffSizes = { partRows: 16, partsAtOnce: 4, leafRows: 4, fanOut: 4, rowsAtOnce: 8 };
const signal = new AbortController().signal;

const int: ColumnType = { kind: 'integer', bits: 64, unsigned: false };
const text: ColumnType = { kind: 'text', length: 20 };

function tableOf(types: readonly ColumnType[], keys: number, nullable = false): CompareTable {
  const columns = types.map((type, i): Column => ({ name: `c${i}`, type, nullable: nullable || i >= keys }));
  return {
    stream: { namespace: 'd', name: 't' },
    columns,
    key: columns.slice(0, keys).map((column) => column.name),
  };
}

async function diff(table: CompareTable, source: readonly Row[], destination: readonly Row[], sizes = small) {
  const sides = [source, destination].map((rows) => ({ comparer: memoryComparer(() => rows), table }));
  const tally = newTally();
  const found: string[] = [];
  for await (const { kind, key } of diffTables(sides[0]!, sides[1]!, signal, tally, sizes)) {
    found.push(`${kind} ${JSON.stringify(key)}`);
  }
  return { found: found.sort(), tally };
}

/** The differences by plain counting. */
function expected(keys: number, source: readonly Row[], destination: readonly Row[]): string[] {
  const bags = [source, destination].map((rows) => {
    const bag = new Map<string, string[]>();
    for (const row of rows) {
      const key = JSON.stringify(row.slice(0, keys));
      bag.set(key, [...(bag.get(key) ?? []), JSON.stringify(row)]);
    }
    return bag;
  });
  return [...new Set([...bags[0]!.keys(), ...bags[1]!.keys()])]
    .flatMap((key) => {
      const ours = [...(bags[0]!.get(key) ?? [])];
      const theirs = (bags[1]!.get(key) ?? []).filter((row) => {
        const at = ours.indexOf(row);
        if (at >= 0) ours.splice(at, 1);
        return at < 0;
      });
      const both = Math.min(ours.length, theirs.length);
      return [
        ...Array<string>(both).fill(`different ${key}`),
        ...Array<string>(ours.length - both).fill(`only-source ${key}`),
        ...Array<string>(theirs.length - both).fill(`only-destination ${key}`),
      ];
    })
    .sort();
}

const digits = (n: number | bigint, scale: number) => {
  const all = (n < 0 ? -n : n).toString().padStart(scale + 1, '0');
  return `${n < 0 ? '-' : ''}${all.slice(0, -scale)}.${all.slice(-scale)}`;
};

/** First key columns of every kind, with places where many values crowd. */
const firstKeys: { name: string; type: ColumnType; value: fc.Arbitrary<string> }[] = [
  { name: 'dense integers', type: int, value: fc.integer({ min: 0, max: 400 }).map(String) },
  {
    name: 'integers in clusters and at the extremes',
    type: int,
    value: fc.oneof(
      fc.integer({ min: -5, max: 200 }).map(String),
      fc.bigInt({ min: 2n ** 62n, max: 2n ** 62n + 150n }).map(String),
      fc.constantFrom('-9223372036854775808', '9223372036854775807'),
    ),
  },
  {
    name: 'decimals',
    type: { kind: 'decimal', precision: 12, scale: 3, unsigned: false },
    value: fc.integer({ min: -90_000, max: 90_000 }).map((n) => digits(n, 3)),
  },
  {
    name: 'moments, zero and impossible days among them',
    type: { kind: 'datetime', fsp: 6 },
    value: fc.oneof(
      fc.integer({ min: 0, max: 3e8 }).map((n) => `2024-02-29 23:5${n % 10}:00.${String(n % 1e6).padStart(6, '0')}`),
      fc.constantFrom('0000-00-00 00:00:00.000000', '2024-02-31 10:00:00.000000', '2024-00-00 00:00:00.000000'),
      fc
        .date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((d) => `${d.toISOString().slice(0, 23).replace('T', ' ')}000`),
    ),
  },
  {
    name: 'dates',
    type: { kind: 'date' },
    value: fc
      .date({ min: new Date('2023-12-01'), max: new Date('2024-03-31'), noInvalidDate: true })
      .map((d) => d.toISOString().slice(0, 10)),
  },
  {
    name: 'bytes',
    type: { kind: 'bytes', length: 40 },
    value: fc.oneof(
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('hex')),
      fc.integer({ min: 0, max: 500 }).map((n) => `${'ab'.repeat(18)}${n.toString(16).padStart(4, '0')}`),
    ),
  },
  { name: 'text', type: text, value: fc.string({ unit: 'grapheme', maxLength: 3 }) },
];

/** Rows of a source, and for each what becomes of it at the destination. */
function cases(value: fc.Arbitrary<string>) {
  const row = fc.tuple(value, fc.integer({ min: 0, max: 3 }).map(String), fc.option(fc.constantFrom('x', 'y', '')));
  const fate = fc.constantFrom('same', 'same', 'same', 'same', 'same', 'gone', 'changed', 'new');
  const much = { minLength: 0, maxLength: 300, size: 'max' } as const;
  return fc.oneof(
    fc.uniqueArray(fc.tuple(row, fate), { ...much, selector: ([[a, b]]) => `${a} ${b}` }),
    fc.uniqueArray(fc.tuple(row, fc.constantFrom('same', 'gone')), { ...much, selector: ([[a, b]]) => `${a} ${b}` }),
  );
}

function apart(rows: readonly (readonly [Row, string])[]): { source: Row[]; destination: Row[] } {
  const source = rows.filter(([, fate]) => fate !== 'new').map(([row]) => row);
  const destination = rows
    .filter(([, fate]) => fate !== 'gone')
    .map(([row, fate]) => (fate === 'changed' ? [row[0]!, row[1]!, `${row[2]}!`] : row));
  return { source, destination };
}

for (const { name, type, value } of firstKeys) {
  test(`finds exactly the rows that differ: ${name}`, async () => {
    const table = tableOf([type, int, text], 2);
    const property = fc.asyncProperty(cases(value), async (rows) => {
      const { source, destination } = apart(rows);
      assert.deepEqual((await diff(table, source, destination)).found, expected(2, source, destination));
    });
    await fc.assert(property, { numRuns: 40 });
  });
}

test('rows that repeat are counted, also with NULL in what stands for the key', async () => {
  const table = tableOf([int, text], 2, true);
  const value = fc.option(fc.integer({ min: 0, max: 30 }).map(String));
  const rows = fc.array(fc.tuple(value, fc.constantFrom(null, '', 'a')), { maxLength: 200, size: 'max' });
  const property = fc.asyncProperty(rows, rows, fc.boolean(), async (source, other, near) => {
    const destination = near ? [...source.slice(2), ...source.slice(0, 4)] : other;
    assert.deepEqual((await diff(table, source, destination)).found, expected(2, source, destination));
  });
  await fc.assert(property, { numRuns: 100 });
});

const numbered = (n: number, value = 'v'): Row[] => Array.from({ length: n }, (_, i) => [String(i), value]);
const keyed = tableOf([int, text], 1);

test('the same change in two rows of one part is found', async () => {
  const destination = numbered(100).map((row, i) => (i === 10 || i === 11 ? [row[0]!, 'w'] : row));
  assert.deepEqual((await diff(keyed, numbered(100), destination)).found, ['different ["10"]', 'different ["11"]']);
});

test('two rows that are there twice on one side do not cancel out', async () => {
  const table = tableOf([int, text], 2);
  const twice = (row: Row) => [row, row];
  const { found } = await diff(table, twice(['1', 'a']), twice(['1', 'b']));
  assert.equal(found.length, 4);
});

test('an empty side yields every row of the other, and two empty tables are equal', async () => {
  assert.equal((await diff(keyed, numbered(500), [])).found.length, 500);
  assert.equal((await diff(keyed, [], numbered(500))).found.length, 500);
  assert.deepEqual((await diff(keyed, [], [])).found, []);
});

test('equal tables cost one look at each part and no row', async () => {
  const { found, tally } = await diff(keyed, numbered(64 * 16), numbered(64 * 16));
  assert.deepEqual(found, []);
  assert.deepEqual(tally, { sourceRows: 1024, destinationRows: 1024, rowsRead: 0, questions: 1 + 64 / 4 });
});

test('few differences in a large table cost few rows', async () => {
  const sizes: DiffSizes = { partRows: 1024, partsAtOnce: 8, leafRows: 128, fanOut: 16, rowsAtOnce: 4096 };
  const destination = numbered(20_000).map((row, i) => (i % 7000 === 5 ? [row[0]!, 'w'] : row));
  const { found, tally } = await diff(keyed, numbered(20_000), destination, sizes);
  assert.equal(found.length, 3);
  assert.ok(tally.rowsRead <= 2 * 3 * 128, `${tally.rowsRead} rows read`);
  assert.ok(tally.questions < 20, `${tally.questions} questions`);
});

test('tables in which everything differs are read once, in questions that do not grow faster than they', async () => {
  for (const type of [int, text]) {
    const table = tableOf([type, text], 1);
    const { found, tally } = await diff(table, numbered(1_000), numbered(1_000, 'w'), { ...small, rowsAtOnce: 500 });
    assert.equal(found.length, 1_000);
    assert.equal(tally.rowsRead, 2_000);
    assert.ok(tally.questions < 1_000 / small.leafRows, `${tally.questions} questions`);
  }
});

test('one value far away from all others costs a few levels, not one for each bit', async () => {
  const rows: Row[] = [...numbered(300), ['9223372036854775807', 'v']];
  const destination = rows.map((row, i) => (i === 150 ? [row[0]!, 'w'] : row));
  const { found, tally } = await diff(keyed, rows, destination);
  assert.deepEqual(found, ['different ["150"]']);
  assert.ok(tally.questions <= 20, `${tally.questions} questions`);
});

test('a first key column with one value only is cut by the whole key', async () => {
  const table = tableOf([int, int, text], 2);
  const rows = numbered(400).map(([n, v]): Row => ['7', n!, v!]);
  const destination = rows.map((row, i) => (i === 150 ? ['7', row[1]!, 'w'] : row));
  const { found, tally } = await diff(table, rows, destination);
  assert.deepEqual(found, ['different ["7","150"]']);
  assert.ok(tally.rowsRead < 20, `${tally.rowsRead} rows read`);
});

test('a key that is ordered in another way than its type says is still compared to the end', async () => {
  const rows = numbered(300);
  const destination = rows.map((row, i) => (i === 150 ? [row[0]!, 'w'] : row));
  const sides = [rows, destination].map((side) => {
    const { extent, ...comparer } = memoryComparer(() => side);
    // Every part seems to reach over all values: no cut by range makes it smaller.
    const everywhere: typeof extent = async (table, part, stop) => ({
      ...(await extent(table, part, stop)),
      low: '-1000000000000',
      high: '1000000000000',
    });
    return { comparer: { ...comparer, extent: everywhere }, table: keyed };
  });
  const found = await Array.fromAsync(diffTables(sides[0]!, sides[1]!, signal, newTally(), small));
  assert.deepEqual(found, [{ kind: 'different', key: ['150'] }]);
});

test('stops asking when the differences are no longer wanted', async () => {
  const sides = [numbered(1000), numbered(1000, 'w')].map((rows) => ({
    comparer: memoryComparer(() => rows),
    table: keyed,
  }));
  for await (const _ of diffTables(sides[0]!, sides[1]!, signal, newTally(), small)) break;
  assert.ok(sides[0]!.comparer.asked.rowsRead < 100);
});
