import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Lane } from '../../connectors/contract/index.ts';
import { Share } from '../../connectors/kafka/share.ts';

/** Lanes as a share gives them, and what is said of each when it is over. */
function sharing() {
  const reached: (() => void)[] = [];
  const share = new Share({
    lane: (partition, revoked, isReached) => {
      reached.push(isReached);
      return { id: `${partition}`, shared: true, revoked, read: async function* () {} };
    },
    isCovered: async () => false,
  });
  const lanes = share[Symbol.asyncIterator]();
  const next = async (): Promise<Lane> => (await lanes.next()).value;
  return { share, next, lanes, reached };
}

/** Whether a promise is settled once all that is due has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  for (let n = 0; n < 3; n++) await turn();
  return settled;
}

const seconds = (t: TestContext, count: number) => t.mock.timers.tick(count * 1000);

test('a lane that was lost while the group says nothing is begun again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { share, next, lanes } = sharing();
  share.assign([3]);
  const first = await next();
  first.over!();
  const again = next();
  seconds(t, 11);
  assert.equal(await isSettled(again), false, 'the group may have somebody else for it');
  seconds(t, 2);
  assert.equal((await again).id, '3');
  await lanes.return!();
});

test('not one that was read to its end, that somebody else has, or that was given again already', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { share, next, lanes, reached } = sharing();
  share.assign([0, 1, 2]);
  const all = [await next(), await next(), await next()];
  reached[0]!();
  for (const lane of all) lane.over!();
  // 1 is revoked, and 2, which was lost, given once more.
  share.assign([0, 2]);
  assert.equal((await next()).id, '2');
  const more = next();
  seconds(t, 60);
  assert.equal(await isSettled(more), false);
  await lanes.return!();
  seconds(t, 60);
});
