import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ColumnType, KeptRow, MillraceError } from '../../connectors/contract/index.ts';
import { FileRowStores } from '../../connectors/state/index.ts';
import { diffTables } from '../../connectors/sync/diff.ts';
import { never } from '../pipeline.ts';
import { fc } from '../random.ts';
import { memoryComparer, type Row } from '../sync/memory-comparer.ts';

/** Kinds of keys, with values of them as canonical texts. */
const kinds: readonly { readonly title: string; readonly type: ColumnType; readonly value: fc.Arbitrary<string> }[] = [
  {
    title: 'integers',
    type: { kind: 'integer', bits: 64, unsigned: false },
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(String),
  },
  {
    title: 'small integers',
    type: { kind: 'integer', bits: 32, unsigned: false },
    value: fc.integer({ min: -50, max: 50 }).map(String),
  },
  {
    title: 'decimals',
    type: { kind: 'decimal', precision: 20, scale: 2, unsigned: false },
    value: fc.integer({ min: -9_999_999, max: 9_999_999 }).map((n) => (n / 100).toFixed(2).replace(/^-0\.00$/, '0.00')),
  },
  {
    title: 'bytes',
    type: { kind: 'bytes', length: 8, fixed: false },
    value: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  },
  {
    title: 'dates',
    type: { kind: 'date' },
    value: fc.integer({ min: 0, max: 40_000 }).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
  },
  {
    title: 'text',
    type: { kind: 'text', length: 20 } as ColumnType,
    value: fc.string({ maxLength: 6, unit: 'binary' }),
  },
];

const sizes = { partRows: 20, partsAtOnce: 4, leafRows: 4, fanOut: 4, rowsAtOnce: 32 };

const md5 = (values: Row) =>
  createHash('md5')
    .update(values.map((value) => (value === null ? 'N' : `${Buffer.byteLength(value)}:${value}`)).join(''))
    .digest('hex');

const kept = (row: Row): KeptRow => ({ key: row.slice(0, 1), hash: md5(row) });

const once = async function* (rows: readonly KeptRow[]) {
  yield rows;
};

describe('hashes of rows that are kept', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-rows-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  let pipelines = 0;
  const stores = () => new FileRowStores(folder, `pipeline-${pipelines++}`);

  for (const { title, type, value } of kinds) {
    it(`${title}: what differs from a table is found, and what was noted but not committed differs`, async () => {
      const table = {
        stream: { namespace: 'd', name: 't' },
        columns: [
          { name: 'k', type, nullable: false },
          { name: 'v', type: { kind: 'text' } as ColumnType, nullable: true },
        ],
        key: ['k'],
      };
      const shape = { key: JSON.stringify([['k', type]]), shape: 'one' };
      const rowsOf = fc.uniqueArray(fc.tuple(value, fc.constantFrom('a', 'b', null)), {
        maxLength: 120,
        selector: ([key]) => key,
      });
      const differing = async (store: ReturnType<FileRowStores['of']>, rows: readonly Row[]) => {
        // The same server's texts on both sides.
        const ours = {
          ...memoryComparer(() => rows),
          dialect: async () => 'tidb',
          hashes: async () => ['md5' as const],
        };
        const sides = [ours, store.comparer('one')].map((comparer) => ({ comparer, table }));
        const found = await Array.fromAsync(diffTables(sides[0]!, sides[1]!, never, undefined, sizes));
        return found.map(({ kind, key }) => `${kind} ${key[0]}`).sort();
      };
      await fc.assert(
        fc.asyncProperty(rowsOf, rowsOf, fc.boolean(), async (before, now, committed) => {
          using all = stores();
          const store = all.of('d.t');
          await store.fill('1', shape, once(before.map(kept)));
          assert.equal(store.settle({ moment: '1' }, shape.key), undefined);
          const old = new Map<string, string | null>(before);
          const current = new Map<string, string | null>(now);
          const changed = [
            ...before.filter(([key]) => !current.has(key)).map(([key]) => `only-destination ${key}`),
            ...now.filter(([key]) => !old.has(key)).map(([key]) => `only-source ${key}`),
            ...now.filter(([key, v]) => old.has(key) && old.get(key) !== v).map(([key]) => `different ${key}`),
          ];
          assert.deepEqual(await differing(store, now), changed.sort());
          store.begin('1', '2', shape);
          store.note('2', [
            ...now.filter(([key, v]) => !old.has(key) || old.get(key) !== v).map(kept),
            ...before.filter(([key]) => !current.has(key)).map(([key]) => ({ key: [key], hash: undefined })),
          ]);
          store.complete('2');
          const position = committed ? { moment: '2' } : { moment: '1', going: '2' };
          assert.equal(store.settle(position, shape.key), undefined);
          if (committed) return assert.deepEqual(await differing(store, now), []);
          // As if the changes had been taken back: the destination may have them nevertheless.
          const touched = new Set(changed.map((text) => text.slice(text.indexOf(' ') + 1)));
          const back = (await differing(store, before)).map((text) => text.slice(text.indexOf(' ') + 1));
          assert.deepEqual(back.sort(), [...touched].sort());
        }),
        { numRuns: 25, seed: 11 },
      );
    });
  }

  const shape = { key: JSON.stringify([['k', { kind: 'integer' }]]), shape: 'one' };

  it('what is of another run than the position is not used', async () => {
    using all = stores();
    const store = all.of('d.t');
    assert.match(store.settle({ moment: '1' }, shape.key)!, /no hashes/);
    await store.fill('1', shape, once([kept(['1', 'a'])]));
    assert.match(store.settle({ moment: '2' }, shape.key)!, /no hashes/, 'a fill whose moment was never committed');
    assert.equal(store.settle({ moment: '1' }, shape.key), undefined);
    assert.match(store.settle({ moment: '2' }, shape.key)!, /another run/);
    assert.match(store.settle({ moment: '1', going: '2' }, shape.key)!, /another machine/);
    store.begin('1', '2', shape);
    assert.equal(store.settle({ moment: '1', going: '2' }, shape.key), undefined);
    assert.match(store.settle({ moment: '2' }, shape.key)!, /another run/, 'not all of it was noted here');
    assert.match(store.settle({ moment: '1' }, JSON.stringify([['other', { kind: 'integer' }]]))!, /key/);
  });

  it('a run that went over two moments is settled at either', async () => {
    for (const moment of ['2', '3']) {
      using all = stores();
      const store = all.of('d.t');
      await store.fill('1', shape, once([kept(['1', 'a'])]));
      store.settle({ moment: '1' }, shape.key);
      for (const [from, to] of [
        ['1', '2'],
        ['2', '3'],
      ] as const) {
        store.begin(from, to, shape);
        store.note(to, [kept([to, to])]);
        store.complete(to);
      }
      const position = moment === '2' ? { moment, going: '3' } : { moment };
      assert.equal(store.settle(position, shape.key), undefined);
    }
  });

  it('invariant 5: who works with it last may write', async () => {
    const name = `pipeline-${pipelines++}`;
    using first = new FileRowStores(folder, name);
    using second = new FileRowStores(folder, name);
    const [one, two] = [first.of('d.t'), second.of('d.t')];
    await one.fill('1', shape, once([kept(['1', 'a'])]));
    assert.equal(one.settle({ moment: '1' }, shape.key), undefined);
    assert.equal(two.settle({ moment: '1' }, shape.key), undefined);
    assert.throws(
      () => one.begin('1', '2', shape),
      (thrown: MillraceError) => thrown.code === 'lane.fenced',
    );
    two.begin('1', '2', shape);
  });
});
