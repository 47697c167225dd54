import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Certificates } from '../services/recipe.ts';
import { type Server, startServer } from '../services/server.ts';
import { type Cloud, testCertificates } from '../stand-in/fixture.ts';
import type { Manners } from '../stand-in/manners.ts';
import { type CloudPair, cloudPair, notices, troubles } from './cloud-pair.ts';

/**
 * How often all connections are cut, in milliseconds, and a copy that lasts long enough to feel it, since what was not committed is read
 * again. `MILLRACE_TEST_LONG=1`: for more than ten minutes.
 */
const { every, rows, rowsPerSecond } =
  process.env.MILLRACE_TEST_LONG === '1'
    ? { every: 20_000, rows: 620_000, rowsPerSecond: 1000 }
    : { every: 2000, rows: 80_000, rowsPerSecond: 10_000 };

/** A connection that is cut while it is made may be a cluster that wakes; a snapshot whose holder was cut ages, which a copy of minutes hears of. */
const mayBeSaid = new Set(['connect.waking', 'source.history-ageing']);

const ways = [
  ['tidb', 'mysql'],
  ['mysql', 'tidb'],
] satisfies [Cloud, Cloud][];

for (const [from, to] of ways) {
  describe(`a copy from ${from} to ${to} whose connections are all cut again and again`, () => {
    let certificates: Certificates & Disposable;
    // One that many tests make and drop databases in cannot go back to some moments of minutes ago: SET tidb_snapshot fails with 1049.
    let tidb: Server;
    before(async () => {
      certificates = await testCertificates();
      tidb = await startServer('tidb');
    });
    after(async () => {
      certificates[Symbol.dispose]();
      await tidb.stop();
    });

    it('ends with equal data, and is verified and checked under the same', async () => {
      await using pair = await cloudPair(certificates, { from, to, rows, servers: { tidb: tidb.url } });
      const { finished, events } = await cutting(pair, every, every, async (times) => {
        const ran = await pair.sync({ throttle: { rows_per_second: rowsPerSecond }, parallel: 1 });
        assert.equal(ran.finished.status, 'ok', JSON.stringify([ran.finished, ...troubles(ran.events)]));
        assert.ok(times() >= Math.floor(((rows / rowsPerSecond) * 1000) / every) - 1, `${times()} cuts`);
        return ran;
      });
      assert.equal(finished.error, undefined);
      assert.deepEqual(
        notices(events).filter((code) => !mayBeSaid.has(code)),
        [],
      );
      // A question is one statement: it has to fit between two cuts, also on a machine that is busy.
      await cutting(pair, 50, every * 4, async (times) => {
        const { streams } = await pair.verify();
        assert.deepEqual(
          streams.map(({ status }) => status),
          ['equal', 'equal', 'equal'],
        );
        assert.ok(times() > 0);
      });
      await cutting(pair, 50, every * 4, async (times) => {
        const { findings } = await pair.check();
        assert.deepEqual(
          findings.filter(({ severity }) => severity === 'error'),
          [],
        );
        assert.ok(times() > 0);
      });
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
      await using pair = await cloudPair(certificates, {
        from,
        to,
        rows: 40_000,
        source: manners,
        target: manners,
        servers: { tidb: tidb.url },
      });
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

/** Cuts every connection of both sides again and again while `use` runs; it can ask how often that was done. Durations are milliseconds. */
async function cutting<T>(
  { source, target }: CloudPair,
  first: number,
  every: number,
  use: (times: () => number) => Promise<T>,
): Promise<T> {
  let times = 0;
  const cut = () => {
    times++;
    source.standIn.cut();
    target.standIn.cut();
    timer = setTimeout(cut, every);
  };
  let timer = setTimeout(cut, first);
  try {
    return await use(() => times);
  } finally {
    clearTimeout(timer);
  }
}
