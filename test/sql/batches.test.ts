import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Ready } from '../../connectors/sql/batches.ts';
import { fc } from '../random.ts';

it('every producer that was told to wait is let go when the consumer has caught up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }), async (bursts) => {
      const ready = new Ready<number>();
      const items = ready.items();
      let pushed = 0;
      for (const burst of bursts) {
        // Rows that were received before the server is held off still come.
        const waits = Array.from({ length: burst }, () => ready.push(pushed++));
        for (let i = 0; i < burst; i++) assert.equal((await items.next()).value, pushed - burst + i);
        await Promise.all(waits);
      }
      ready.end();
      assert.equal((await items.next()).done, true);
    }),
  );
});
