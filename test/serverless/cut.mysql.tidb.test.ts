import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Certificates } from '../services/recipe.ts';
import { type Cloud, testCertificates } from '../stand-in/fixture.ts';
import type { Manners } from '../stand-in/manners.ts';
import { type CloudPair, cloudPair, notices } from './cloud-pair.ts';

/**
 * How often all connections are cut, in milliseconds, and a copy that lasts long enough to feel it, since what was not committed is read
 * again. `MILLRACE_TEST_LONG=1`: for more than ten minutes.
 */
const { every, rows, rowsPerSecond } =
  process.env.MILLRACE_TEST_LONG === '1'
    ? { every: 20_000, rows: 400_000, rowsPerSecond: 1000 }
    : { every: 2000, rows: 80_000, rowsPerSecond: 10_000 };

const ways = [
  ['tidb', 'mysql'],
  ['mysql', 'tidb'],
] satisfies [Cloud, Cloud][];

for (const [from, to] of ways) {
  describe(`a copy from ${from} to ${to} whose connections are all cut again and again`, () => {
    let certificates: Certificates & Disposable;
    before(async () => {
      certificates = await testCertificates();
    });
    after(() => certificates[Symbol.dispose]());

    it('ends with equal data, and is verified and checked under the same', async () => {
      await using pair = await cloudPair(certificates, { from, to, rows });
      const cutting = cutEvery(pair, every);
      const throttle = { rows_per_second: rowsPerSecond };
      try {
        const { finished, events } = await pair.sync({ throttle, parallel: 1 });
        assert.equal(finished.status, 'ok', JSON.stringify(finished));
        assert.ok(cutting.times >= Math.floor(((rows / rowsPerSecond) * 1000) / every) - 1, `${cutting.times} cuts`);
        // A connection that was cut while it was made is taken for a cluster that wakes.
        assert.deepEqual(
          notices(events).filter((code) => code !== 'connect.waking'),
          [],
        );
        assert.equal(finished.error, undefined);
        const { streams } = await pair.verify();
        assert.deepEqual(
          streams.map(({ status }) => status),
          ['equal', 'equal', 'equal'],
        );
        const { findings } = await pair.check();
        assert.deepEqual(
          findings.filter(({ severity }) => severity === 'error'),
          [],
        );
      } finally {
        cutting.stop();
      }
      await pair.assertEqual();
      for (const { standIn } of [pair.source, pair.target]) await standIn.untilNoneOpen();
    });

    it('ends with equal data under all manners of the cloud at once', async () => {
      const manners: Manners = {
        wake: 1000,
        sleepAfter: 100,
        idle: 2000,
        age: 3000,
        transactionAge: 2500,
        transactionBytes: 1_000_000,
      };
      await using pair = await cloudPair(certificates, { from, to, rows: 40_000, source: manners, target: manners });
      const { findings } = await pair.check();
      assert.deepEqual(
        findings.filter(({ severity }) => severity === 'error'),
        [],
      );
      const { finished, events } = await pair.sync();
      assert.equal(finished.status, 'ok', JSON.stringify(finished));
      const shrunk = events.some((event) => event.event === 'retry' && event.error.code === 'load.too-large');
      assert.ok(shrunk, 'a transaction was too large');
      const { streams } = await pair.verify();
      assert.deepEqual(
        streams.map(({ status }) => status),
        ['equal', 'equal', 'equal'],
      );
      await pair.assertEqual();
      for (const { standIn } of [pair.source, pair.target]) await standIn.untilNoneOpen();
    });
  });
}

function cutEvery({ source, target }: CloudPair, milliseconds: number) {
  const cutting = {
    times: 0,
    stop: () => clearInterval(timer),
  };
  const timer = setInterval(() => {
    cutting.times++;
    source.standIn.cut();
    target.standIn.cut();
  }, milliseconds);
  return cutting;
}
