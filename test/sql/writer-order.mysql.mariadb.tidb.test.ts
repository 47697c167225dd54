import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { balanced, noCounts, type OP } from '../../connectors/contract/index.ts';
import type { Value } from '../../connectors/types/index.ts';
import { fc } from '../random.ts';
import { inPool, run, servers, testPool } from './pool-fixture.ts';
import { changesOf, openWriter, select } from './writer-fixture.ts';

const table = 'id INT PRIMARY KEY, u INT, v VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

interface Sent {
  readonly id: number;
  readonly seq: bigint;
  readonly gone: boolean;
}

const change = ({ id, seq, gone }: Sent): [keyof typeof OP, ...Value[]] =>
  gone ? ['delete', String(id)] : ['put', String(id), null, `v${seq}`];

/** Versions of keys in order; runs of commits; where after each the source falls back to. */
const history = fc.record({
  changes: fc.array(fc.record({ id: fc.integer({ min: 1, max: 4 }), gone: fc.boolean() }), {
    minLength: 1,
    maxLength: 25,
  }),
  cuts: fc.array(fc.record({ take: fc.integer({ min: 1, max: 6 }), back: fc.integer({ min: 0, max: 5 }) }), {
    maxLength: 12,
  }),
});

for (const server of servers) {
  describe(`the order of keys on ${server}`, { timeout: 120_000 }, () => {
    it('a resend of 1, 2, 3, 2, 3 never takes a row back, whether the last was a change or a delete', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t (${table})`);
        const seen: string[] = [];
        const written = { read: 0, alreadyApplied: 0, superseded: 0 };
        for (const [n, part] of [[1], [2], [3], [2], [3]].entries()) {
          const { writer } = await openWriter(pool, db, { write: 'upsert' });
          const sent = part.flatMap((seq) => [
            { id: 1, seq: BigInt(seq), gone: false },
            { id: 2, seq: BigInt(seq), gone: seq === 3 },
          ]);
          await writer.write(
            changesOf(
              sent.map(change),
              sent.map(({ seq }) => seq),
            ),
          );
          const counts = (await writer.commit(`p${n}`, false)).streams.get('shop.orders') ?? noCounts;
          await writer.close();
          assert.ok(balanced(counts), JSON.stringify(counts));
          for (const name of ['read', 'alreadyApplied', 'superseded'] as const) written[name] += counts[name];
          const [[shown] = []] = await select(pool, `SELECT GROUP_CONCAT(id, v ORDER BY id) FROM ${db}.t`);
          seen.push(String(shown));
        }
        assert.deepEqual(seen, ['1v1,2v1', '1v2,2v2', '1v3', '1v3', '1v3']);
        assert.deepEqual(written, { read: 10, alreadyApplied: 2, superseded: 2 });
      }));

    it('without an order a delete is done and its key begins anew', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t (${table})`);
        const steps: [Sent, string][] = [
          [{ id: 1, seq: 5n, gone: false }, 'v5'],
          [{ id: 1, seq: 0n, gone: true }, 'null'],
          // Sent again: it goes back for a while, and comes to the same end.
          [{ id: 1, seq: 5n, gone: false }, 'v5'],
          [{ id: 1, seq: 0n, gone: true }, 'null'],
          [{ id: 1, seq: 9n, gone: false }, 'v9'],
          [{ id: 1, seq: 5n, gone: false }, 'v9'],
        ];
        for (const [sent, expected] of steps) {
          const { writer } = await openWriter(pool, db, { write: 'upsert' });
          await writer.write(changesOf([change(sent)], [sent.seq]));
          await writer.commit('p', false);
          await writer.close();
          const [[shown] = [null]] = await select(pool, `SELECT v FROM ${db}.t`);
          assert.equal(String(shown), expected);
        }
      }));

    it('another unique key: values that change places in a resend', () =>
      inPool(server, async (pool, db) => {
        await run(pool, `CREATE TABLE ${db}.t (${table}, UNIQUE (u))`);
        const log: [Sent, string][] = [
          [{ id: 1, seq: 1n, gone: false }, '10'],
          [{ id: 2, seq: 1n, gone: false }, '20'],
          [{ id: 1, seq: 2n, gone: false }, '30'],
          [{ id: 2, seq: 2n, gone: false }, '10'],
          [{ id: 1, seq: 3n, gone: false }, '20'],
        ];
        for (const [from, to] of [
          [0, 3],
          [1, 5],
          [2, 4],
          [0, 5],
        ] as const) {
          const { writer } = await openWriter(pool, db, { write: 'upsert' });
          const part = log.slice(from, to);
          await writer.write(
            changesOf(
              part.map(([{ id, seq }, u]) => ['put', String(id), u, `v${seq}`]),
              part.map(([{ seq }]) => seq),
            ),
          );
          await writer.commit('p', false);
          await writer.close();
        }
        assert.deepEqual(await select(pool, `SELECT id, u, v FROM ${db}.t ORDER BY id`), [
          ['1', '20', 'v3'],
          ['2', '10', 'v2'],
        ]);
      }));
  });
}

it(
  'invariant 6: whatever is sent again, no commit takes a key back, and all keys end at their last change',
  {
    timeout: 180_000,
  },
  () =>
    inPool('tidb', async (pool, db) => {
      await run(pool, `CREATE TABLE ${db}.t (${table})`);
      await (await openWriter(pool, db, { write: 'upsert' })).writer.close();
      await fc.assert(
        fc.asyncProperty(history, async ({ changes, cuts }) => {
          await run(pool, `DELETE FROM ${db}.t`, `DELETE FROM ${db}._millrace_order`);
          const log = changes.map(({ id, gone }, i) => ({ id, gone, seq: BigInt(i + 1) }));
          const shown = new Map<number, bigint>();
          let at = 0;
          for (const { take, back } of [
            ...cuts,
            { take: log.length, back: log.length },
            { take: log.length, back: 0 },
          ]) {
            const sent = log.slice(at, at + take);
            const { writer } = await openWriter(pool, db, { write: 'upsert' });
            if (sent.length > 0)
              await writer.write(
                changesOf(
                  sent.map(change),
                  sent.map(({ seq }) => seq),
                ),
              );
            await writer.commit('p', false);
            await writer.close();
            const rows = new Map((await select(pool, `SELECT id, v FROM ${db}.t`)).map(([id, v]) => [Number(id), v]));
            for (const { id, seq } of sent) if (seq > (shown.get(id) ?? 0n)) shown.set(id, seq);
            for (const [id, seq] of shown) {
              const { gone } = log[Number(seq) - 1]!;
              assert.equal(rows.get(id), gone ? undefined : `v${seq}`, `key ${id} after ${at}..${at + take}`);
            }
            at = Math.max(0, Math.min(log.length, at + take) - back);
          }
        }),
        { numRuns: 10 },
      );
    }),
);

it('two lanes that have the same key after each other: the newer change stays, whoever commits last', () =>
  inPool('tidb', async (pool, db) => {
    await run(pool, `CREATE TABLE ${db}.t (${table})`);
    await using made = testPool('tidb');
    const other = made.pool;
    {
      const one = await openWriter(pool, db, { write: 'upsert', lane: 'a' });
      const two = await openWriter(other, db, { write: 'upsert', lane: 'b' });
      await one.writer.write(changesOf([['put', '1', null, 'new']], [2n]));
      const committed = one.writer.commit('p', false);
      await two.writer.write(changesOf([['put', '1', null, 'old']], [1n]));
      await Promise.all([committed, two.writer.commit('p', false)].map((one) => one.catch(() => undefined)));
      await Promise.all([one.writer.close(), two.writer.close()]);
      const again = await openWriter(other, db, { write: 'upsert', lane: 'b' });
      await again.writer.write(changesOf([['put', '1', null, 'old']], [1n]));
      await again.writer.commit('p2', false);
      await again.writer.close();
      assert.deepEqual(await select(pool, `SELECT v FROM ${db}.t`), [['new']]);
    }
  }));
