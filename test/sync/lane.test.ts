import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Message, millraceError, noCounts, type Writer } from '../../connectors/contract/index.ts';
import { type LaneRun, runLane } from '../../connectors/sync/lane.ts';
import { Throttle } from '../../connectors/sync/throttle.ts';

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

test('invariant 1: a commit that fails while the source waits for more is tried again at once', {
  timeout: 10_000,
}, async () => {
  let commits = 0;
  const drain = new AbortController();
  const report = { streams: new Map([['.t', { ...noCounts, read: 1, written: 1 }]]), bytes: 1 };
  const writer: Writer = {
    write: async () => undefined,
    commit: async () => {
      commits++;
      if (commits === 1) throw millraceError('connect.lost', 'cut');
      drain.abort();
      return report;
    },
    abort: async () => undefined,
    close: async () => undefined,
  };
  const can = { commitBytes: 1e6, commitRows: 100, commitSeconds: 10 };
  const ledger = { read: () => undefined, committed: () => undefined, waits: () => undefined };
  const run = {
    destination: { can, open: async () => ({ writer, after: undefined, ended: false }) },
    ledger,
    throttle: new Throttle(undefined, 0, () => 0),
    rejects: { attempt: () => ({ gate: () => undefined, committed: () => undefined, rolledBack: () => undefined }) },
    onRetry: () => undefined,
    follow: true,
    drain: drain.signal,
    abort: new AbortController().signal,
  } as unknown as LaneRun;
  const lane = {
    id: 'log',
    async *read(_after: string | undefined, signal: AbortSignal): AsyncGenerator<Message> {
      const rows = { bytes: Uint8Array.of(2), ends: Uint32Array.of(1) };
      yield { kind: 'batch', schema: { stream: { namespace: '', name: 't' }, columns: [] }, rows };
      yield { kind: 'checkpoint', position: 'p', idle: true };
      // As a log that is followed and has nothing new: it ends only by its signal.
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  };
  assert.equal(await runLane(lane, [], run), 'drained');
  assert.equal(commits, 2);
});
