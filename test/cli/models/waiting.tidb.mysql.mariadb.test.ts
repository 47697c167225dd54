import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { lockName } from '../../../transforms/adapter/helper-name.ts';
import { sharedUrl } from '../../services/shared.ts';
import { inFolder, type ServerTarget, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

const HEAD = { 'dbt_project.yml': 'name: small\nversion: "1.0"\nprofile: corner_shop\n' };

interface Scene {
  readonly project: SmallProject;
  readonly schema: string;
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
    await test({ project, schema, connect: () => createConnection(url), running });
  });
}

const batches = `{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='happened_at', batch_size='day', begin='2026-01-01') }}
select 1 as id, timestamp '2026-01-01 10:00:00' as happened_at`;
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
          await sleep(6000);
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

    for (const [part, file] of [
      ['model', "{{ config(materialized='table') }}\nselect 1 as id"],
      ['batches', batches],
    ] as const) {
      it(`for another run that builds the ${part} on ${type} says so, and builds after it`, () =>
        inScene(type, { 'models/m.sql': file }, async ({ project, schema, connect, running }) => {
          await using other = await connect();
          const lock = lockName({ database: null, schema, identifier: 'm' }, part);
          await other.query('select get_lock(?, 5)', [lock]);
          const run = project.events('run', ...span);
          await running(lock);
          await sleep(6000);
          await other.query('select release_lock(?)', [lock]);
          const { code, events } = await run;
          assert.equal(code, 0, JSON.stringify(events));
          const told = events.flatMap((event) => (event.event === 'message' ? [event.message] : []));
          const by = type === 'tidb' ? '' : `, by connection ${other.threadId} \\(`;
          assert.match(told.join('\n'), new RegExp(`\\.m waits for another run that is building it${by}`));
        }));
    }

    it(`too long for another run on ${type} fails`, () =>
      inScene(
        type,
        { 'models/m.sql': "{{ config(materialized='table') }}\nselect 1 as id" },
        async ({ project, schema, connect }) => {
          await using other = await connect();
          await other.query('select get_lock(?, 5)', [lockName({ database: null, schema, identifier: 'm' }, 'model')]);
          const { code, events } = await project.events('run');
          assert.equal(code, 1);
          const failed = events.find((event) => event.event === 'result');
          assert.equal(failed?.error?.code, 'database.conflict');
          assert.match(failed.error.message, /another run is building \S+\.m/);
        },
      ));
  }
});
