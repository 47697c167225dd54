import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Certificates } from '../services/recipe.ts';
import { type Cloud, testCertificates } from '../stand-in/fixture.ts';
import type { Manners } from '../stand-in/manners.ts';
import { type CloudPair, cloudPair, notices, troubles } from './cloud-pair.ts';

const ways = [
  ['mysql', 'tidb'],
  ['tidb', 'mysql'],
] satisfies [Cloud, Cloud][];

/** Sleeps until somebody comes, and again at once when all have gone. */
const sleepy: Manners = { wake: 1200, sleepAfter: 100 };

for (const [from, to] of ways) {
  describe(`a pipeline from ${from} to ${to} in the cloud`, () => {
    let certificates: Certificates & Disposable;
    before(async () => {
      certificates = await testCertificates();
    });
    after(() => certificates[Symbol.dispose]());

    const between = async (source: Manners, target: Manners, test: (pair: CloudPair) => Promise<void>) => {
      await using pair = await cloudPair(certificates, { from, to, source, target });
      await test(pair);
    };

    for (const [name, source, target] of [
      ['the source sleeps', sleepy, {}],
      ['the destination sleeps', {}, sleepy],
      [
        'both sleep, and cut the handshake of whoever wakes them',
        { ...sleepy, cutHandshake: true },
        { ...sleepy, cutHandshake: true },
      ],
    ] satisfies [string, Manners, Manners][]) {
      it(`is checked, copied and verified while ${name}`, () =>
        between(source, target, async (pair) => {
          const sleepers = [source, target].filter((manners) => manners.wake !== undefined).length;
          const waking = Array.from({ length: sleepers }, () => 'connect.waking');
          const checked = await pair.check();
          assert.deepEqual(
            checked.findings.filter(({ severity }) => severity === 'error'),
            [],
          );
          assert.deepEqual(notices(checked.events), waking);
          await settled(pair);
          const ran = await pair.sync();
          assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
          assert.deepEqual([notices(ran.events), troubles(ran.events)], [waking, []]);
          await settled(pair);
          const verified = await pair.verify();
          assert.ok(verified.equal, JSON.stringify(verified.streams));
          assert.deepEqual(notices(verified.events), waking);
          await settled(pair);
          assert.equal(pair.source.standIn.wakes + pair.target.standIn.wakes, 3 * sleepers);
          await pair.assertEqual();
        }));
    }
  });
}

/** Nobody is connected, and whoever sleeps has fallen asleep. */
async function settled({ source, target }: CloudPair): Promise<void> {
  for (const { standIn } of [source, target]) {
    await standIn.untilNoneOpen();
    if (standIn.manners.sleepAfter === undefined) continue;
    while (standIn.condition !== 'asleep') await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
