import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millraceError } from '../../connectors/contract/index.ts';
import { backoffMs, retrying } from '../../connectors/sync/retry.ts';

const shrink = () => millraceError('connect.lost', 'too large', { retry: 'shrink' });

function hooks(progressed: () => boolean, signal = new AbortController().signal) {
  const retries: number[] = [];
  return { retries, progressed, signal, onRetry: (_: unknown, attempt: number) => void retries.push(attempt) };
}

test('what can pass is tried again until it does', async () => {
  let tries = 0;
  const seen = hooks(() => false);
  await retrying(async () => {
    if (++tries < 4) throw shrink();
  }, seen);
  assert.deepEqual(seen.retries, [1, 2, 3]);
});

test('what cannot pass is thrown at once', async () => {
  const seen = hooks(() => false);
  await assert.rejects(
    retrying(async () => {
      throw millraceError('lane.fenced', 'taken');
    }, seen),
    { code: 'lane.fenced' },
  );
  assert.deepEqual(seen.retries, []);
});

test('attempts without progress run out; with progress they do not', async () => {
  const stuck = hooks(() => false);
  await assert.rejects(
    retrying(async () => {
      throw shrink();
    }, stuck),
    { code: 'connect.lost' },
  );
  assert.equal(stuck.retries.length, 7);
  let left = 50;
  const moving = hooks(() => true);
  await retrying(async () => {
    if (left-- > 0) throw shrink();
  }, moving);
  assert.equal(moving.retries.length, 50);
});

test('a signal during the pause ends it with the error', async () => {
  const abort = new AbortController();
  const seen = hooks(() => false, abort.signal);
  setTimeout(() => abort.abort(), 20);
  await assert.rejects(
    retrying(async () => {
      throw millraceError('connect.lost', 'cut');
    }, seen),
    { code: 'connect.lost' },
  );
});

test('pauses grow, and end at 20 s', () => {
  for (let n = 1; n < 20; n++) {
    const ms = backoffMs(n);
    assert.ok(ms >= Math.min(100 * 2 ** (n - 1), 10_000) && ms <= Math.min(200 * 2 ** (n - 1), 20_000), `${n}: ${ms}`);
  }
});
