import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { verifyPipeline } from '../../connectors/sync/verify.ts';
import { never, openPipeline, runOnce } from '../pipeline.ts';
import { newPipeline, type Place } from './place.ts';

const ORDERS = 'CREATE TABLE orders (id INTEGER PRIMARY KEY, name VARCHAR(20), paid DECIMAL(10,2) NOT NULL, made DATE)';

/** What every source and destination that go together hold to. SQL here is what all places understand. */
export function registerPairContract(title: string, from: () => Promise<Place>, to: () => Promise<Place>): void {
  describe(title, { concurrency: 2 }, () => {
    const test = (what: string, config: Partial<PipelineConfig>, body: (pair: Pair) => Promise<void>) =>
      it(what, async () => {
        await using source = await from();
        await using target = await to();
        await source.run(
          ORDERS,
          "INSERT INTO orders VALUES (1, 'Ann', 1.10, '2024-02-29'), (2, NULL, -0.05, NULL), (3, 'é😀', 0, NULL)",
        );
        const ends = { id: newPipeline(), from: source.url, to: target.url };
        const whole = { streams: [`${source.namespace}.orders`], target: { database: target.namespace }, ...config };
        await body({
          source,
          sync: async () => {
            const { finished } = await runOnce(ends, whole);
            assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
            return finished.counts.read;
          },
          verified: async () => {
            await using pipeline = openPipeline(ends, whole);
            const report = await verifyPipeline(pipeline, { settleSeconds: 0 }, never);
            assert.ok(report.equal, JSON.stringify(report));
            return report.streams[0]!.rows!.source;
          },
        });
      });
    for (const write of ['overwrite', 'upsert', 'soft_delete'] as const) {
      test(`full, ${write}: equal by checksums, before and after rows change, come and go`, { write }, async (pair) => {
        assert.equal(await pair.sync(), 3);
        assert.equal(await pair.verified(), 3);
        await pair.source.run(
          "UPDATE orders SET name = 'Anna' WHERE id = 1",
          'DELETE FROM orders WHERE id = 2',
          "INSERT INTO orders VALUES (4, '', 99999999.99, NULL)",
        );
        await pair.sync();
        assert.equal(await pair.verified(), 3);
      });
    }
    test('full, append: each read adds all rows', { write: 'append' }, async (pair) => {
      await pair.sync();
      assert.equal(await pair.verified(), 3);
    });
    test('an emptied table', { write: 'overwrite' }, async (pair) => {
      await pair.sync();
      await pair.source.run('DELETE FROM orders');
      assert.equal(await pair.sync(), 0);
      assert.equal(await pair.verified(), 0);
    });
  });
}

interface Pair {
  readonly source: Place;
  /** Runs once, which must end well; gives the rows read. */
  sync(): Promise<number>;
  /** Compares the two sides, which must be equal; gives the rows compared. */
  verified(): Promise<number>;
}
