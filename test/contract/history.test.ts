import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type HistoryAge, historyFinding } from '../../connectors/contract/index.ts';

const NOW = Date.parse('2026-01-31T00:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const said = (age: Partial<HistoryAge>) => {
  const { severity, message, fix } = historyFinding({ what: 'the log', keptMs: 10 * DAY, fix: 'Run.', ...age }, NOW);
  return [severity, message, fix];
};

it('how long a history is kept, and by when the pipeline has to run', () => {
  assert.deepEqual(said({}), ['ok', 'the log is kept for 10 d', undefined]);
  assert.deepEqual(said({ keptMs: Number.POSITIVE_INFINITY, committedAt: new Date(0) }), [
    'ok',
    'the log is not taken away for its age',
    undefined,
  ]);
  assert.deepEqual(said({ committedAt: new Date(NOW - 90 * 60_000) }), [
    'ok',
    'the log is kept for 10 d, and the pipeline went on 1.5 h ago: it can go on until 2026-02-09T22:30:00.000Z',
    undefined,
  ]);
  assert.deepEqual(said({ committedAt: new Date(NOW - 6 * DAY) }), [
    'warning',
    'the log is kept for 10 d, and the pipeline went on 6 d ago: after 2026-02-04T00:00:00.000Z it may not be able to go on',
    'Run.',
  ]);
  assert.deepEqual(said({ committedAt: new Date(NOW - 11 * DAY) }), [
    'warning',
    'the log is kept for 10 d, and the pipeline went on 11 d ago: what comes next may be gone since 2026-01-30T00:00:00.000Z',
    'Run.',
  ]);
  assert.equal(said({ committedAt: new Date(NOW + HOUR) })[0], 'ok');
});
