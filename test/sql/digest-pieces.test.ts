import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Digest, millraceError, type Part } from '../../connectors/contract/index.ts';
import { inPieces } from '../../connectors/sql/digest-pieces.ts';
import { fc } from '../random.ts';

const ranges = (count: number): Part[] => Array.from({ length: count }, (_, i) => ({ range: { from: `${i}` } }));
const digestOf = ({ range }: Part): Digest => ({ rows: Number(range?.from), high: 0n, low: 0n });

it('a question that takes longer than connections live is asked in smaller ones, and the answers keep their order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }), async (count, most) => {
      const parts = ranges(count);
      const asked: number[] = [];
      const digests = await inPieces(parts, async (some) => {
        asked.push(some.length);
        if (some.length > most) throw millraceError('connect.lost', 'cut');
        return some.map(digestOf);
      });
      assert.deepEqual(digests, parts.map(digestOf));
      assert.ok(asked.length <= 2 * Math.ceil(count / most) * 2, asked.join());
    }),
  );
});

it('one part, buckets, and what is no cut are not asked in smaller pieces', async () => {
  const cut = async () => Promise.reject(millraceError('connect.lost', 'cut'));
  await assert.rejects(inPieces(ranges(1), cut), { code: 'connect.lost' });
  let asked = 0;
  const buckets: Part[] = [{ bucket: '0' }, { bucket: '1' }];
  const counting = async (error: Error) => {
    asked++;
    throw error;
  };
  await assert.rejects(
    inPieces(buckets, () => counting(millraceError('connect.lost', 'cut'))),
    { code: 'connect.lost' },
  );
  await assert.rejects(
    inPieces(ranges(8), () => counting(millraceError('database.denied', 'no'))),
    { code: 'database.denied' },
  );
  assert.equal(asked, 2);
});
