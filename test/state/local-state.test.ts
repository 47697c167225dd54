import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { noCounts, type RunEvent, type RunFinished } from '../../connectors/contract/index.ts';
import { LocalState } from '../../connectors/state/index.ts';

const PIPELINE = '00000000-0000-8000-8000-000000000001';
const counts = { ...noCounts, read: 3, written: 3 };
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-state-'));
});
after(() => rmSync(folder, { recursive: true }));

function open(path: string): { state: LocalState; warnings: string[] } {
  const warnings: string[] = [];
  return { state: new LocalState(path, (warning) => warnings.push(warning)), warnings };
}

function finished(run: string, at: string): RunFinished {
  return {
    event: 'finished',
    at,
    run,
    pipeline: 'shop',
    status: 'ok',
    seconds: 1,
    awakeSeconds: { source: 1, destination: 1 },
    counts,
    bytes: 10,
    streams: [],
  };
}

const committed: RunEvent = {
  event: 'committed',
  at: '2026-01-01T00:00:01.000Z',
  lane: 'full/1/shop.orders/0',
  streams: ['shop.orders'],
  counts,
  bytes: 10,
  position: '{"after":["3"]}',
};

function aRun(state: LocalState, run: string, second: number): void {
  const at = `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
  state.begin(run, PIPELINE, 'shop', at);
  state.record(run, PIPELINE, committed);
  state.record(run, PIPELINE, { event: 'progress', at, stream: 'shop.orders', rows: 3, bytes: 10 });
  state.record(run, PIPELINE, finished(run, at));
}

describe('local state', () => {
  it('remembers runs, events and positions, and a second process reads them at the same time', () => {
    const { state, warnings } = open(join(folder, 'a', 'state.db'));
    aRun(state, 'r1', 1);
    aRun(state, 'r2', 2);
    const other = open(join(folder, 'a', 'state.db'));
    assert.deepEqual(
      other.state.runs(10).map(({ run, status }) => [run, status]),
      [
        ['r2', 'ok'],
        ['r1', 'ok'],
      ],
    );
    assert.deepEqual(other.state.runs(10, 'other'), []);
    assert.deepEqual(other.state.findRuns('r1')[0]?.outcome?.counts, counts);
    assert.deepEqual(
      other.state.events('r1').map(({ event }) => event),
      ['committed', 'finished'],
    );
    const [position] = other.state.positions(PIPELINE);
    assert.equal(position?.position, '{"after":["3"]}');
    assert.equal(position?.ended, false);
    assert.equal(position?.counts.written, 6, 'rows of both runs');
    other.state[Symbol.dispose]();
    state[Symbol.dispose]();
    assert.deepEqual(warnings, []);
    assert.equal(readFileSync(join(folder, 'a', '.gitignore'), 'utf8'), '*\n');
  });

  it('replaces the copy of positions by what the destination says', () => {
    const { state } = open(join(folder, 'b.db'));
    aRun(state, 'r1', 1);
    const lane = { position: 'p', ended: true, counts, committedAt: '2026-01-01T00:00:09.000Z' };
    state.replacePositions(
      PIPELINE,
      { lanes: new Map([['x', lane]]), streams: new Map([['shop.a', { generation: 2, phase: 'done' }]]) },
      '2026-01-01T00:00:10.000Z',
    );
    assert.deepEqual(state.streams(PIPELINE), [
      { stream: 'shop.a', generation: 2, phase: 'done', seenAt: '2026-01-01T00:00:10.000Z' },
    ]);
    assert.deepEqual(state.positions(PIPELINE), [{ lane: 'x', ...lane, seenAt: '2026-01-01T00:00:10.000Z' }]);
    state.forgetPipeline(PIPELINE);
    assert.deepEqual(
      [state.positions(PIPELINE), state.streams(PIPELINE), state.runs(9), state.events('r1')],
      [[], [], [], []],
    );
    state[Symbol.dispose]();
  });

  it('keeps a bounded number of runs and events, and the end of every run', () => {
    const { state, warnings } = open(join(folder, 'bounded.db'));
    for (let i = 0; i < 510; i++) state.begin(`r${i}`, PIPELINE, 'shop', `2026-01-01T00:${String(i).padStart(4, '0')}`);
    assert.equal(state.runs(9999).length, 500);
    const notice: RunEvent = { event: 'notice', at: '2026-01-02', code: 'late', message: 'told after many commits' };
    for (let i = 0; i < 1500; i++) state.record('r509', PIPELINE, committed);
    assert.equal(state.events('r509').length, 1000, 'commits leave room for what is told later');
    for (let i = 0; i < 1500; i++) state.record('r509', PIPELINE, notice);
    state.record('r509', PIPELINE, finished('r509', '2026-01-02'));
    const events = state.events('r509');
    assert.equal(events.at(-1)?.event, 'finished');
    assert.equal(events.at(-2)?.event, 'notice');
    assert.ok(events.length <= 2001);
    assert.deepEqual(warnings, []);
    state[Symbol.dispose]();
  });

  it('moves a damaged file aside, says so, and goes on with a new one', () => {
    mkdirSync(join(folder, 'c'));
    const path = join(folder, 'c', 'state.db');
    writeFileSync(path, 'this is not a database, whatever its name says'.repeat(100));
    const { state, warnings } = open(path);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /was damaged; it was moved to/);
    aRun(state, 'r1', 1);
    assert.equal(state.runs(9).length, 1);
    state[Symbol.dispose]();
    assert.ok(readdirSync(join(folder, 'c')).some((name) => name.startsWith('state.db.corrupt-')));
  });

  it('survives a folder that cannot be made, with one warning', () => {
    writeFileSync(join(folder, 'file'), '');
    const { state, warnings } = open(join(folder, 'file', 'state.db'));
    aRun(state, 'r1', 1);
    assert.deepEqual(state.runs(9), []);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0]!, /this run is not remembered/);
    state[Symbol.dispose]();
  });

  it('survives a file that may not be written (a limit on file size stands for a full disk)', () => {
    const path = join(folder, 'full', 'state.db');
    const script = `
      import { LocalState } from ${JSON.stringify(new URL('../../connectors/state/index.ts', import.meta.url).href)};
      const state = new LocalState(${JSON.stringify(path)}, (warning) => console.log('warned: ' + warning));
      const event = { event: 'notice', at: '', code: 'x', message: 'm'.repeat(20_000) };
      state.begin('r1', 'p', 'shop', '');
      for (let i = 0; i < 200; i++) state.record('r1', 'p', event);
      console.log('went on');`;
    const shell = `trap '' XFSZ; ulimit -f 600; exec "$0" --input-type=module -e "$1"`;
    const out = execFileSync('bash', ['-c', shell, process.execPath, script], { encoding: 'utf8' });
    assert.equal(out.match(/warned: /g)?.length, 1, out);
    assert.match(out, /cannot be written/);
    assert.match(out, /went on/);
  });

  it('leaves a file of a newer format alone', () => {
    const path = join(folder, 'newer.db');
    const first = open(path);
    aRun(first.state, 'r1', 1);
    first.state[Symbol.dispose]();
    const script = `const { DatabaseSync } = require('node:sqlite'); new DatabaseSync(${JSON.stringify(path)}).exec('PRAGMA user_version = 99')`;
    execFileSync(process.execPath, ['-e', script]);
    const { state, warnings } = open(path);
    assert.deepEqual(state.runs(9), []);
    assert.match(warnings.join(), /format 99/);
  });
});
