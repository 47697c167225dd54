import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LaneRun, runLane } from '../../connectors/sync/lane.ts';

test('invariant 5: a lane that somebody else is to carry is not opened: its fence is not taken from them', async () => {
  let opened = 0;
  let over = 0;
  const destination = {
    open: async () => {
      opened++;
      throw new Error('it was opened');
    },
  };
  const run = { destination } as unknown as LaneRun;
  const lane = {
    id: 'kafka/t/0',
    shared: true as const,
    revoked: AbortSignal.abort(),
    over: () => {
      over++;
    },
    // biome-ignore lint/correctness/useYield: nothing is ever read
    async *read(): AsyncGenerator<never> {
      throw new Error('it was read');
    },
  };
  assert.equal(await runLane(lane, [], run), 'lost');
  assert.deepEqual([opened, over], [0, 1]);
});
