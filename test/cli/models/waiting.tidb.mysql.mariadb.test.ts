import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { inFolder, type ServerTarget, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

const HEAD = { 'dbt_project.yml': 'name: small\nversion: "1.0"\nprofile: corner_shop\n' };

interface Scene {
  readonly project: SmallProject;
  readonly connect: () => ReturnType<typeof createConnection>;
  /** Waits until a statement that holds this text runs. */
  readonly running: (text: string) => Promise<void>;
}

function inScene(type: ServerTarget, files: Readonly<Record<string, string>>, test: (scene: Scene) => Promise<void>) {
  return inFolder(type, async ({ schema }) => {
    using at = folder();
    const url = `${sharedUrl(type)}/${schema}`;
    await using own = await createConnection(url);
    const project = new SmallProject(at.path, { ...HEAD, ...files });
    writeProfile(project.folder, type, sharedUrl(type), schema);
    const running = async (text: string) => {
      for (let tries = 0; tries < 300; tries++) {
        const [rows] = await own.query<RowDataPacket[]>('show full processlist');
        const found = rows.some(({ Info, db }) => db === schema && Info?.includes(text));
        if (found) return;
        await sleep(50);
      }
      throw new Error(`nobody runs ${text}`);
    };
    await test({ project, connect: () => createConnection(url), running });
  });
}

const batches = `{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='happened_at', batch_size='day', begin='2026-01-01') }}
select id, happened_at, s from {{ ref('events') }} cross join (select sleep(1.5) as s) as slow`;
const events = `{{ config(materialized='table', event_time='happened_at') }}
select 1 as id, timestamp '2026-01-01 10:00:00' as happened_at union all select 2, timestamp '2026-01-02 10:00:00' union all select 3, timestamp '2026-01-03 10:00:00'`;
/** Three times as many seconds. */
const slow = (seconds: number) =>
  `{{ config(materialized='table') }}\nselect id, sleep(${seconds}) as s from {{ ref('events') }}`;
const span = ['--event-time-start', '2026-01-01', '--event-time-end', '2026-01-04'];

describe('a build that waits', { concurrency: true }, () => {
  for (const type of servers) {
    it(`for a reader's transaction on ${type} says whose, lets others read, and goes on when it ends`, () =>
      inScene(
        type,
        { 'models/m.sql': "{{ config(materialized='table') }}\nselect 1 as id" },
        async ({ project, connect, running }) => {
          assert.equal((await project.run('run')).code, 0);
          await using reader = await connect();
          await using other = await connect();
          await reader.query('begin');
          await reader.query('select * from m');
          const run = project.events('run');
          await running('RENAME TABLE');
          await sleep(4000);
          const [rows] = await other.query('select id from m');
          assert.deepEqual(rows, [{ id: 1 }]);
          await reader.query('commit');
          const { code, events } = await run;
          assert.equal(code, 0);
          const told = events.flatMap((event) => (event.event === 'message' ? [event.message] : []));
          const whose =
            type === 'mariadb'
              ? 'an open transaction, perhaps that of connection \\d+'
              : `the open transaction of connection ${reader.threadId}`;
          const whom = new RegExp(`^\\S+\\.m waits for ${whose} \\(`);
          assert.equal(told.filter((message) => whom.test(message)).length, 1, told.join('\n'));
        },
      ));

    it(`for another run on ${type} says so, and builds after it`, () =>
      inScene(type, { 'models/m.sql': slow(2.5), 'models/events.sql': events }, async ({ project, running }) => {
        const first = project.events('run');
        await running('sleep(2.5)');
        const second = await project.events('run', '--select', 'm', '--target-path', 'second');
        assert.equal((await first).code, 0);
        assert.equal(second.code, 0);
        const told = second.events.flatMap((event) => (event.event === 'message' ? [event.message] : []));
        assert.match(told.join('\n'), /\.m waits for another run that is building it(, by connection \d+ \(|$)/m);
      }));

    it(`too long for another run on ${type} fails, and the other one does not`, () =>
      inScene(type, { 'models/m.sql': slow(6), 'models/events.sql': events }, async ({ project, running }) => {
        const first = project.events('run');
        await running('sleep(6)');
        const second = await project.events('run', '--select', 'm', '--target-path', 'second');
        assert.equal(second.code, 1);
        const failed = second.events.find((event) => event.event === 'result');
        assert.equal(failed?.error?.code, 'database.conflict');
        assert.match(failed.error.message, /another run is building \S+\.m/);
        assert.equal((await first).code, 0);
      }));

    it(`for another run's batches on ${type} does not take them for those of a killed one`, () =>
      inScene(type, { 'models/m.sql': batches, 'models/events.sql': events }, async ({ project, connect, running }) => {
        assert.equal((await project.run('run', '--select', 'events')).code, 0);
        const first = project.events('run', '--select', 'm', ...span);
        await running('sleep(1.5)');
        const second = await project.events('run', '--select', 'm', '--target-path', 'second', ...span);
        assert.equal((await first).code, 0, JSON.stringify((await first).events));
        assert.equal(second.code, 0);
        await using other = await connect();
        const [rows] = await other.query('select id from m order by id');
        assert.deepEqual(rows, [{ id: 1 }, { id: 2 }, { id: 3 }]);
        const [helpers] = await other.query<RowDataPacket[]>("show tables like '\\_millrace\\_mp%'");
        assert.deepEqual(helpers, []);
      }));
  }
});
