import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { MICROBATCH } from './batch-project.ts';
import { readSchemas } from './server-tables.ts';
import { readFileTables, writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';
import { watching } from './statement-watch.ts';

const DAYS = [1, 2, 3, 4];
const rowsOf = (version: string) => DAYS.map((day) => [`${day}`, `2025-01-0${day} 12:00:00`, version]);

const FILES = {
  'models/events.sql': [
    "{{ config(event_time='happened') }}",
    DAYS.map(
      (day) =>
        `select cast(${day} as bigint) as id, cast('2025-01-0${day} 12:00:00' as timestamp) as happened, '{{ var("version") }}' as version`,
    ).join('\nunion all\n'),
  ].join('\n'),
  'models/daily.sql': `{{ config(${MICROBATCH}) }}\nselect * from {{ ref('events') }}`,
};

/** Where a run over four days is killed, by the statement before which it is, and whether the next run, which nobody asks for these days, makes them. */
const POINTS: readonly { readonly when: string; readonly before: RegExp; readonly goesOn: boolean }[] = [
  { when: 'before it has kept its batches', before: /\nINSERT INTO .*_millrace_mp_/, goesOn: false },
  { when: 'before these are committed', before: /daily"}\nCOMMIT/, goesOn: false },
  { when: 'in the first batch', before: /\nDELETE FROM .*daily/, goesOn: true },
  { when: 'behind the first batch', before: /_millrace_mp_.* WHERE begins = '2025-01-01/, goesOn: true },
  { when: 'behind the last batch', before: /_millrace_mp_.* WHERE begins = '2025-01-04/, goesOn: true },
  { when: 'with all batches done', before: /\nDROP TABLE IF EXISTS .*_millrace_mp_/, goesOn: true },
];

test('batches of a killed run are made by the next one: duckdb', async () => {
  using own = folder();
  const tables = () => readFileTables(join(own.path, 'small.duckdb'));
  await killAtEach(new SmallProject(own.path, FILES), async () => (await tables())['main.daily']!.rows);
});

for (const type of servers) {
  test(`batches of a killed run are made by the next one: ${type}`, () =>
    inPlace(type, async ({ schema }) => {
      using own = folder();
      const project = new SmallProject(own.path, FILES);
      writeProfile(own.path, type, sharedUrl(type), schema, 'small');
      await using connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
      await killAtEach(project, async () => (await readSchemas(connection, schema, 'main'))['main.daily']!.rows);
    }));
}

async function killAtEach(project: SmallProject, rows: () => Promise<readonly unknown[]>): Promise<void> {
  const holds = async (version: string, when: string) =>
    assert.deepEqual((await rows()).map(String).sort(), rowsOf(version).map(String), when);
  const span = ['--event-time-start', '2025-01-01', '--event-time-end', '2025-01-05'];
  const log = join(project.folder, 'statements.log');
  const run = (version: string, words: readonly string[], kill?: RegExp) => {
    rmSync(log, { force: true });
    project.env = watching(log, kill);
    return project.run('run', '--vars', `{version: ${version}}`, ...words);
  };
  assert.equal((await run('first', span)).code, 0);
  let version = 'first';
  for (const full of [false, true]) {
    for (const [at, { when, before, goesOn }] of POINTS.entries()) {
      // The first batch of a full build makes the table: what it deletes is nothing.
      if (full && at !== 3) continue;
      const next = `${full ? 'full' : 'killed'}_${at}`;
      const told = await run(next, full ? [...span, '--full-refresh'] : span, before);
      assert.equal(told.code, null, `${when}: ${told.err}`);
      const after = await run(next, []);
      assert.equal(after.code, 0, after.out + after.err);
      if (goesOn) version = next;
      await holds(version, when);
      assert.match(readFileSync(log, 'utf8'), /DROP TABLE IF EXISTS .*_millrace_mp_/, when);
    }
  }
}
