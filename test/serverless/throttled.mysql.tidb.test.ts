import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Certificates } from '../services/recipe.ts';
import { testCertificates } from '../stand-in/fixture.ts';
import { cloudPair, troubles } from './cloud-pair.ts';

/** A lane waits for several turns of the others, each of some seconds: far longer than anything may be silent here. */
const IDLE_MS = 4000;

describe('a throttled run', { concurrency: 2 }, () => {
  let certificates: Certificates & Disposable;
  before(async () => {
    certificates = await testCertificates();
  });
  after(() => certificates[Symbol.dispose]());

  for (const [from, to] of [
    ['tidb', 'mysql'],
    ['mysql', 'tidb'],
  ] as const) {
    it(`at 10 rows a second no connection falls silent, ${from} to ${to}`, async () => {
      await using pair = await cloudPair(certificates, {
        from,
        to,
        source: { idle: IDLE_MS },
        target: { idle: IDLE_MS },
        rows: 100,
        query: 'idle_seconds=2',
      });
      const startedAt = performance.now();
      const { finished, events } = await pair.sync({ throttle: { rows_per_second: 10 } });
      const seconds = (performance.now() - startedAt) / 1000;
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      assert.deepEqual(troubles(events), [], 'nothing was cut');
      assert.equal(finished.counts.written, 300);
      // The first page of all goes at once, and what was read last need not be waited for.
      assert.ok(seconds > 15, `it took ${seconds} s, which is too fast`);
      await pair.assertEqual();
    });
  }
});
