// biome-ignore-all lint/suspicious/noControlCharactersInRegex: terminal escapes are what is looked for
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { displayWidth } from '../../../cli/output/format.ts';
import { renderer } from '../../../cli/output/renderer.ts';
import { mergeFinished, runSummary } from '../../../cli/output/run-summary.ts';
import type { Terminal } from '../../../cli/terminal.ts';
import { noCounts, type RunEvent, type RunFinished } from '../../../connectors/contract/index.ts';
import { matchesGolden } from '../../golden.ts';

const at = '2026-01-01T00:00:00.000Z';

function terminal(live: boolean, columns = 80): { terminal: Terminal; out: () => string; err: () => string } {
  const [out, err] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  const texts = { out: '', err: '' };
  out.on('data', (part: string) => {
    texts.out += part;
  });
  err.on('data', (part: string) => {
    texts.err += part;
  });
  const fixed = { env: {}, cwd: '/', interactive: false, color: false, reportColor: false };
  return { terminal: { out, err, live, columns: () => columns, ...fixed }, out: () => texts.out, err: () => texts.err };
}

function started(...names: string[]): RunEvent {
  return {
    event: 'started',
    at,
    run: 'r1',
    pipeline: 'shop',
    streams: names.map((stream) => ({ stream, table: stream, rows: 1000 })),
  };
}

function status(stream: string, to: Extract<RunEvent, { event: 'stream' }>['status']): RunEvent {
  return { event: 'stream', at, stream, status: to };
}

function progress(stream: string, rows: number, waits?: string): RunEvent {
  return { event: 'progress', at, stream, rows, bytes: rows * 100, ...(waits === undefined ? {} : { waits }) };
}

function finished(name: string, to: RunFinished['status'], rows: number): RunFinished {
  const counts = { ...noCounts, read: rows, written: rows - 1, rejected: 1 };
  const stream = {
    stream: `${name}.orders`,
    table: 'copy.orders',
    status: to === 'ok' ? 'done' : 'parked',
    counts,
    bytes: rows * 100,
    seconds: 2,
  } as const;
  const error = {
    code: 'database.refused',
    origin: 'destination',
    message: 'it was refused',
    at: 'copy.orders',
    fix: 'Mend it.',
    cause: 'a cause',
  } as const;
  return {
    event: 'finished',
    at,
    run: 'r1',
    pipeline: name,
    status: to,
    seconds: 2,
    awakeSeconds: { source: 2, destination: 1.5 },
    counts,
    bytes: rows * 100,
    streams: [to === 'failed' ? { ...stream, error } : stream],
    ...(to === 'failed' ? { error } : {}),
  };
}

describe('a run without a terminal', () => {
  it('is told at changes, not at every batch, and never with a bar or an escape', async () => {
    const { terminal: plain, err, out } = terminal(false);
    const shown = renderer(plain, {});
    shown.event(started('shop.orders', 'shop.items'));
    shown.event(status('shop.orders', 'reading'));
    for (let i = 1; i <= 500; i++) shown.event(progress('shop.orders', i));
    shown.event({
      event: 'retry',
      at,
      lane: 'full/1/shop.orders/0',
      attempt: 2,
      delayMs: 1500,
      error: { code: 'connect.lost', origin: 'environment', message: 'cut\x1b[2J' },
    });
    for (let i = 0; i < 50; i++)
      shown.event({ event: 'rejected', at, stream: 'shop.orders', code: 'row.refused', message: `row ${i}` });
    shown.event(status('shop.orders', 'done'));
    shown.close();
    await pause(10);
    const lines = err().trimEnd().split('\n');
    assert.equal(out(), '');
    assert.ok(!err().includes('\x1b') && !err().includes('#'));
    assert.equal(lines.filter((line) => line.includes('reading')).length, 1);
    assert.equal(lines.filter((line) => line.startsWith('reject')).length, 6, 'five, and that there are more');
    assert.match(err(), /retry {2}full\/1\/shop\.orders\/0: cut\\u001b\[2J; try 2 in 1\.5 s/);
    assert.match(lines.at(-1)!, /shop\.orders .* 500 .*done in/);
  });
});

describe('a run on a terminal', () => {
  for (const columns of [20, 40, 79, 100, 200]) {
    it(`fits into ${columns} columns whatever the names`, async () => {
      const { terminal: live, err } = terminal(true, columns);
      const shown = renderer(live, {});
      const names = [
        'shop.orders',
        `shop.${'long_'.repeat(20)}`,
        '数据库.表表表表表表表表表表表表',
        'shop.\x1b[31mred',
        ...Array.from({ length: 40 }, (_, i) => `t${i}`),
      ];
      shown.event(started(...names));
      for (const name of names) {
        shown.event(status(name, 'reading'));
        shown.event(progress(name, 400, name.startsWith('t') ? undefined : 'destination'));
      }
      await pause(200);
      shown.event(finished('shop', 'ok', 10));
      shown.close();
      const lines = err()
        .replace(/\x1b\[[\d;]*[A-Za-z]/g, '')
        .split(/[\r\n]+/);
      const wide = lines.filter((line) => displayWidth(line) >= Math.max(columns, 21));
      assert.deepEqual(wide, []);
      assert.ok(lines.length > 20 && lines.some((line) => line.includes('and 24 more')), 'lanes are bounded');
    });
  }

  it('goes up as many lines as it drew, and keeps notes above', async () => {
    const { terminal: live, err } = terminal(true, 100);
    const shown = renderer(live, {});
    shown.event(started('a', 'b'));
    await pause(200);
    shown.event({ event: 'notice', at, code: 'waking', message: 'the cluster wakes up' });
    shown.event(status('a', 'reading'));
    await pause(200);
    shown.close();
    const frames = err()
      .split('\x1b[J')
      .filter((frame) => frame !== '');
    assert.equal(frames.length, 2);
    assert.match(frames[1]!, /^\x1b\[3A\rnote {3}the cluster wakes up\x1b\[K\nrun r1/);
  });
});

describe('--json and -q', () => {
  it('thin progress out, and leave finished to the end', async () => {
    const { terminal: plain, err, out } = terminal(false);
    const shown = renderer(plain, { json: true });
    shown.event(started('a'));
    for (let i = 0; i < 100; i++) shown.event(progress('a', i));
    shown.event(progress('a', 100, 'destination'));
    shown.event(finished('shop', 'ok', 1));
    await pause(10);
    const kinds = out()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as RunEvent).event);
    assert.deepEqual(kinds, ['started', 'progress', 'progress']);
    assert.equal(err(), '');
    const quiet = terminal(true);
    renderer(quiet.terminal, { quiet: true }).event(started('a'));
    await pause(200);
    assert.equal(quiet.err() + quiet.out(), '');
  });
});

describe('the end of a run', () => {
  it('is told in a few lines, errors once', () => {
    const { terminal: plain } = terminal(false);
    matchesGolden('cli/run-ok.txt', `${runSummary(plain, finished('shop', 'ok', 1234))}\n`);
    matchesGolden('cli/run-failed.txt', `${runSummary(plain, finished('shop', 'failed', 1234))}\n`);
    matchesGolden('cli/run-stopped.txt', `${runSummary(plain, finished('shop', 'stopped', 1234))}\n`);
  });

  it('of several is one event: the worst status, the sums, the first error', () => {
    const merged = mergeFinished([finished('a', 'ok', 10), finished('b', 'failed', 20), finished('c', 'stopped', 30)]);
    assert.deepEqual(
      [merged.status, merged.pipeline, merged.counts.read, merged.streams.length, merged.error?.code],
      ['failed', 'a, b, c', 60, 3, 'database.refused'],
    );
    assert.equal(mergeFinished([finished('a', 'ok', 10)]).pipeline, 'a');
  });
});
