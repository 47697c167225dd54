import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PendingBatches } from '../../../transforms/materialize/pending.ts';
import type { Span } from '../../../transforms/microbatch/span.ts';
import { overriding } from '../../sides.ts';
import { inPlace, targets } from '../adapter/target.ts';

const day = (date: number): Span => ({
  start: new Date(Date.UTC(2026, 0, date)),
  end: new Date(Date.UTC(2026, 0, date + 1)),
});

for (const type of targets) {
  describe(`batches that are not done, on ${type}`, () => {
    it('are those that were kept last, without those that are done', () =>
      inPlace(type, async ({ session, name }) => {
        const pending = new PendingBatches(session, name('m'));
        assert.deepEqual(await pending.read(), []);
        await pending.replace([day(1), day(2)]);
        await pending.replace([day(5), day(3), day(4)]);
        await pending.done(day(4));
        assert.deepEqual(await pending.read(), [day(3), day(5)]);
        await pending.clear();
        assert.deepEqual(await pending.read(), []);
      }));

    it('stay where a run ends before it has kept others', () =>
      inPlace(type, async ({ session, name }) => {
        await new PendingBatches(session, name('m')).replace([day(1), day(2)]);
        for (const fatal of ['CREATE', 'DELETE', 'INSERT', 'COMMIT']) {
          const dying = overriding(session, {
            execute: async (sql, options) => {
              if (sql.startsWith(fatal)) throw new Error('ended');
              return await session.execute(sql, options);
            },
            commit: async () => {
              if (fatal === 'COMMIT') throw new Error('ended');
              await session.commit();
            },
          });
          await assert.rejects(new PendingBatches(dying, name('m')).replace([day(3)]), /ended/);
          assert.deepEqual(await new PendingBatches(session, name('m')).read(), [day(1), day(2)], fatal);
        }
      }));
  });
}
