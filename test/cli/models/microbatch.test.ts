import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { MICROBATCH } from './batch-project.ts';
import { readFileTables } from './shop.ts';
import { SmallProject } from './small-project.ts';

const DAYS =
  "select cast(i as bigint) as id, cast('2025-01-01' as timestamp) + i * interval '1 day' as happened from range(4) t(i)";
const BAD = (day: number) =>
  `${DAYS.replace('cast(i as bigint) as id', `cast(if(i = ${day}, 'none', '1') as varchar) as word, cast(i as bigint) as id`)}`;
const daily = (select: string, config = MICROBATCH) =>
  `{{ config(${config}) }} select ${select} from {{ ref('events') }}`;
const SPAN = ['--event-time-start', '2025-01-01', '--event-time-end', '2025-01-05'];

async function ids(project: SmallProject, table = 'main.daily'): Promise<string[]> {
  const tables = await readFileTables(join(project.folder, 'small.duckdb'));
  return (tables[table]?.rows ?? []).map(([id]) => id!).sort();
}

test('retry makes the batches that failed alone, and later runs make up for what a run did not come to', async () => {
  using own = folder();
  const events = (sql: string) => ({
    'models/events.sql': `{{ config(materialized='table', event_time='happened') }}${sql}`,
  });
  const project = new SmallProject(own.path, {
    ...events(BAD(2)),
    'models/daily.sql': daily('id, happened, cast(word as bigint) as n'),
    'models/below.sql': "select * from {{ ref('daily') }}",
  });
  const first = await project.run('run', ...SPAN);
  assert.equal(first.code, 1);
  assert.deepEqual(project.statuses(), { events: 'success', daily: 'partial success', below: 'skipped' });
  assert.match(first.err, /batch 3 of 4 of daily: 2025-01-03, /);
  assert.match(first.err, /3 of 4 .*|PARTIAL SUCCESS \(3\/4\)|batch 2025-01-03: /);
  assert.deepEqual(await ids(project), ['0', '1', '3']);
  assert.ok(existsSync(join(own.path, 'target/compiled/small/models/daily/daily_2025-01-03.sql')));
  const compiled = readFileSync(join(own.path, 'target/compiled/small/models/daily/daily_2025-01-03.sql'), 'utf8');
  assert.match(
    compiled,
    /where happened >= '2025-01-03 00:00:00\+00:00' and happened < '2025-01-04 00:00:00\+00:00'\) _dbt_et_filter_subq_events/,
  );

  project.write(events(BAD(9)));
  assert.equal((await project.run('run', '--select', 'events')).code, 0);
  // A run of later days alone finds what is left, and makes it too.
  const later = await project.run(
    'run',
    '--select',
    'daily',
    '--event-time-start',
    '2025-01-04',
    '--event-time-end',
    '2025-01-05',
  );
  assert.equal(later.code, 0, later.err);
  assert.deepEqual(await ids(project), ['0', '1', '2', '3']);
  const [{ batch_results: made }] = project.results() as [ReturnType<typeof project.results>[number]];
  assert.deepEqual(
    made?.successful.map(([start]) => start),
    ['2025-01-03T00:00:00+00:00', '2025-01-04T00:00:00+00:00'],
  );

  project.write(events(BAD(0)));
  assert.equal(
    (await project.run('run', '--full-refresh', ...SPAN)).code,
    1,
    'the first batch fails, and nothing is begun',
  );
  assert.deepEqual(await ids(project), ['0', '1', '2', '3'], 'the old table is there');
  project.write(events(BAD(1)));
  assert.equal((await project.run('run', '--full-refresh', ...SPAN)).code, 1);
  project.write(events(BAD(9)));
  assert.equal((await project.run('run', '--select', 'events')).code, 0);
});

test('retry keeps what went well, and the span of the first run', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'seeds/words.csv': 'id,happened,word\n1,2025-01-01,1\n2,2025-01-02,x\n3,2025-01-03,3\n',
    'seeds/seeds.yml': 'seeds:\n  - {name: words, config: {event_time: happened, column_types: {word: varchar}}}\n',
    'models/daily.sql': `{{ config(${MICROBATCH}) }} select id, happened, cast(word as bigint) as n, cast({{ 1 if flags.FULL_REFRESH else 0 }} as bigint) as fresh from {{ ref('words') }}`,
  });
  assert.equal((await project.run('seed')).code, 0);
  const span = ['--event-time-start', '2025-01-01', '--event-time-end', '2025-01-04'];
  assert.equal((await project.run('run', '--full-refresh', ...span)).code, 1);
  assert.deepEqual(await ids(project), ['1', '3']);
  project.write({ 'seeds/words.csv': 'id,happened,word\n9,2025-01-01,9\n2,2025-01-02,2\n3,2025-01-03,3\n' });
  const results = readFileSync(join(own.path, 'target/run_results.json'));
  assert.equal((await project.run('seed', '--target-path', 'other')).code, 0);
  assert.deepEqual(readFileSync(join(own.path, 'target/run_results.json')), results);
  const again = await project.run('retry');
  assert.equal(again.code, 0, again.err);
  assert.deepEqual(await ids(project), ['1', '2', '3'], 'the first day is not made again');
  const [{ status, batch_results: batches }] = project.results() as [ReturnType<typeof project.results>[number]];
  assert.equal(status, 'success');
  assert.equal(batches?.successful.length, 3);
  assert.match((await project.run('retry')).err, /nothing to do/);
});

test('without a span, the first run begins with `begin`, and later ones make the last batch and those of `lookback`', async () => {
  using own = folder();
  const now = new Date();
  const year = now.getUTCFullYear();
  const config = MICROBATCH.replace("batch_size='day'", "batch_size='year'").replace('2025-01-01', `${year - 3}-05-01`);
  const project = new SmallProject(own.path, {
    'models/daily.sql': `{{ config(${config}, lookback=var('lookback', 1)) }} select cast('{{ model.batch.id }}' as bigint) as id, cast('{{ model.batch.event_time_start.strftime('%Y-%m-%d') }}' as timestamp) as happened`,
  });
  const years = async (...words: string[]) => {
    const told = await project.run('run', ...words);
    assert.equal(told.code, 0, told.err);
    const [{ batch_results: batches }] = project.results() as [ReturnType<typeof project.results>[number]];
    return batches?.successful.map(([start]) => Number(start!.slice(0, 4)) - year);
  };
  assert.deepEqual(await years(), [-3, -2, -1, 0]);
  assert.deepEqual(await ids(project), [year - 3, year - 2, year - 1, year].map(String));
  assert.deepEqual(await years(), [-1, 0]);
  assert.deepEqual(await years('--vars', '{lookback: 0}'), [0]);
  assert.deepEqual(await years('--sample', '1 year'), [-1, 0]);
  assert.deepEqual(await years('--full-refresh'), [-3, -2, -1, 0]);
});

test('--empty makes everything without rows, and --sample reads those of a window', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'models/events.sql': `{{ config(materialized='table', event_time='happened') }}${DAYS}`,
    'models/all.sql': "{{ config(materialized='table') }} select id from {{ ref('events') }} e",
  });
  assert.equal((await project.run('run')).code, 0);
  assert.deepEqual(await ids(project, 'main.all'), ['0', '1', '2', '3']);
  assert.equal(
    (await project.run('run', '--select', 'all', '--sample', '{start: 2025-01-02, end: 2025-01-04}')).code,
    0,
  );
  assert.deepEqual(await ids(project, 'main.all'), ['1', '2']);
  assert.equal((await project.run('build', '--empty')).code, 0);
  assert.deepEqual(await ids(project, 'main.all'), []);
});

test('what a microbatch model lacks, and a window that is none, is said', async () => {
  using own = folder();
  const project = new SmallProject(own.path, { 'models/events.sql': DAYS });
  const wrong: readonly (readonly [string, RegExp])[] = [
    [MICROBATCH.replace("event_time='happened', ", ''), /event_time/],
    [MICROBATCH.replace("batch_size='day', ", ''), /batch_size/],
    [MICROBATCH.replace('day', 'week'), /hour, day, month, year/],
    [MICROBATCH.replace(", begin='2025-01-01'", ''), /begin/],
    [MICROBATCH.replace('2025-01-01', 'then'), /begin/],
    [`${MICROBATCH}, unique_key='id'`, /unique_key/],
    [MICROBATCH.replace("'happened'", "'nowhere'"), /nowhere/],
  ];
  for (const [config, message] of wrong) {
    project.write({ 'models/daily.sql': daily('id, happened', config) });
    const told = await project.run('run', ...SPAN);
    assert.equal(told.code, 1, config);
    assert.match(told.err, message);
  }
  const windows = [
    ['--event-time-start', '2025-01-01'],
    ['--event-time-start', '2025-01-02', '--event-time-end', '2025-01-02'],
    ['--event-time-start', 'soon', '--event-time-end', '2025-01-02'],
    ['--sample', '3 fortnights'],
    ['--sample', '{start: 2025-01-01}'],
  ];
  for (const words of windows) assert.equal((await project.run('run', ...words)).code, 2, words.join(' '));
});
