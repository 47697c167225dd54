import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, servers } from './target.ts';

for (const type of servers)
  test(`a statement that is cancelled does not go on running on ${type}`, () =>
    inPlace(type, async ({ adapter, schema }) => {
      await using watcher = await createConnection({ uri: sharedUrl(type) });
      const running = async () => {
        const [rows] = await watcher.query<RowDataPacket[]>('select info from information_schema.processlist where info like ?', [`%in ${schema}%`]); // biome-ignore format: one query
        return rows.filter(({ info, INFO }) => /sleep/.test(String(info ?? INFO))).length;
      };
      const until = async (count: number) => {
        while ((await running()) !== count) await setTimeout(20);
      };
      const cancel = new AbortController();
      const session = await adapter.session(cancel.signal);
      const statement = session.execute(`select sleep(300) as waits /* in ${schema} */`, { fetch: true });
      await until(1);
      cancel.abort(new Error('the second signal'));
      await assert.rejects(statement, /the second signal/);
      await session[Symbol.asyncDispose]();
      await until(0);
      await using again = await adapter.session(new AbortController().signal);
      assert.equal((await again.execute('select 1')).rowsAffected, 1);
    }));
