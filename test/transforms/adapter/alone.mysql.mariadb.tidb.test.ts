import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inPlace, never, servers } from './target.ts';

const ROUNDS = 5;

for (const type of servers)
  test(`on ${type} sessions that want one relation have it one after the other, and none is refused`, () =>
    inPlace(type, async ({ adapter, session, name }) => {
      await using second = await adapter.session(never);
      await using third = await adapter.session(never);
      let inside = 0;
      let turns = 0;
      const turn = async (place: typeof session) => {
        for (let round = 0; round < ROUNDS; round++) {
          await place.alone(name('m'), async () => {
            assert.equal(++inside, 1, 'nobody else is at the relation');
            await place.stillAlone(name('m'));
            await setImmediate();
            inside -= 1;
            turns += 1;
          });
        }
      };
      await Promise.all([session, second, third].map(turn));
      assert.equal(turns, 3 * ROUNDS);
      await session.alone(name('m'), () => second.alone(name('other'), () => Promise.resolve()));
      await assert.rejects(session.stillAlone(name('m')), { name: 'MillraceError' }, 'it was let go of');
    }));
