import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { withPair } from '../pairs/matrix.ts';
import { eventsOf, openDatabase, pairOf, type Ran, rowsOf, type TestPair } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { overriding } from '../sides.ts';

const cdc = { read: 'cdc' } as const;

async function assertEqual({ source, target }: TestPair, ...tables: string[]): Promise<void> {
  for (const table of tables) assert.deepEqual(await rowsOf(target, table), await rowsOf(source, table), table);
}

const notices = (ran: Ran, code: string) => eventsOf(ran, 'notice').filter((notice) => notice.code === code);
const readAnew = (ran: Ran) => eventsOf(ran, 'retry').filter(({ error }) => error.code === 'cdc.replaced');

/** Two tables that are followed, of which the first is about to have something done to it. */
async function followed(body: (pair: TestPair) => Promise<void>): Promise<void> {
  await withPair('mysql', 'tidb', async (pair) => {
    await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
    await pair.source.run('CREATE TABLE other (id INT PRIMARY KEY)');
    await pair.sync(cdc);
    await pair.source.run('UPDATE t SET v = 5 WHERE id = 1', 'INSERT INTO other VALUES (1)');
    await body(pair);
  });
}

describe('tables that are emptied', { concurrency: 2 }, () => {
  it('TRUNCATE takes its place among the changes', () =>
    followed(async (pair) => {
      await pair.source.run('TRUNCATE t', 'INSERT INTO t VALUES (2, 7), (9, 9)', 'INSERT INTO other VALUES (2)');
      const ran = await pair.sync(cdc);
      await assertEqual(pair, 't', 'other');
      assert.deepEqual([readAnew(ran).length, eventsOf(ran, 'retry').length], [0, 0]);
      await pair.source.run('TRUNCATE TABLE t', 'INSERT INTO t VALUES (3, 3)', 'TRUNCATE TABLE t');
      await pair.sync(cdc);
      await assertEqual(pair, 't');
      assert.equal((await pair.sync(cdc)).finished.counts.read, 0);
    }));

  it('soft_delete marks what TRUNCATE took', () =>
    withPair('mysql', 'tidb', async (pair) => {
      const config = { ...cdc, write: 'soft_delete' } as const;
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
      await pair.sync(config);
      await pair.source.run('TRUNCATE t', 'INSERT INTO t VALUES (2, 7)');
      await pair.sync(config);
      const sql = 'SELECT id, v, _millrace_deleted_at IS NULL FROM t ORDER BY id';
      assert.deepEqual(await pair.target.run(sql), [
        ['1', '1', '0'],
        ['2', '7', '1'],
      ]);
    }));

  it('TRUNCATE while the table is copied: what came after it stays', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
      let done = false;
      await pair.sync(cdc, {
        sides: {
          source: (source) =>
            overriding(source, {
              async groups(...words) {
                const [group] = await source.groups(...words);
                return [
                  {
                    ...group!,
                    async *stages(signal) {
                      let stage = 0;
                      for await (const one of group!.stages(signal)) {
                        // The log is settled, and nothing is copied yet.
                        if (stage++ === 1 && !done) {
                          await pair.source.run(
                            'DELETE FROM t WHERE id = 1',
                            'TRUNCATE t',
                            'INSERT INTO t VALUES (5, 5)',
                          );
                          done = true;
                        }
                        yield one;
                      }
                    },
                  },
                ];
              },
            }),
        },
      });
      assert.ok(done);
      await assertEqual(pair, 't');
    }));
});

describe('tables that are other ones now', { concurrency: 2 }, () => {
  for (const [what, statements] of [
    ['the swap of gh-ost', ['RENAME TABLE t TO _t_del, _t_gho TO t', 'DROP TABLE _t_del']],
    ['the swap of pt-online-schema-change', ['RENAME TABLE {db}.t TO {db}._t_old, {db}._t_gho TO {db}.t']],
    ['two renames one after the other', ['RENAME TABLE t TO old', 'ALTER TABLE _t_gho RENAME TO t']],
    [
      'dropped and made again',
      ['DROP TABLE t', 'CREATE TABLE t SELECT * FROM _t_gho', 'ALTER TABLE t ADD PRIMARY KEY (id)'],
    ],
  ] as const) {
    it(`${what}: that table is copied anew, and the log goes on for the others`, () =>
      followed(async (pair) => {
        await pair.source.run(
          'CREATE TABLE _t_gho (id INT PRIMARY KEY, v INT, w INT)',
          'INSERT INTO _t_gho VALUES (1, 5, 1), (7, 7, 7)',
        );
        await pair.source.run(...statements, 'INSERT INTO t VALUES (8, 8, 8)', 'DELETE FROM t WHERE id = 1');
        await pair.source.run('INSERT INTO other VALUES (2)');
        const config = { ...cdc, exclude: [`${pair.source.name}._*`, `${pair.source.name}.old`] };
        const ran = await pair.sync(config);
        assert.equal(readAnew(ran).length, 1, JSON.stringify(eventsOf(ran, 'retry')));
        await assertEqual(pair, 't', 'other');
        await pair.source.run('UPDATE t SET w = 9', 'INSERT INTO other VALUES (3)');
        const after = await pair.sync(config);
        assert.equal(after.finished.counts.read, 3, 'nothing is copied any more');
        await assertEqual(pair, 't', 'other');
      }));
  }

  it('a run that ends before the copy leaves it to the next one', () =>
    followed(async (pair) => {
      await pair.source.run('CREATE TABLE n (id INT PRIMARY KEY, v INT)', 'INSERT INTO n VALUES (3, 3)');
      await pair.source.run('RENAME TABLE t TO old, n TO t', 'INSERT INTO other VALUES (2)');
      const config = { ...cdc, exclude: [`${pair.source.name}.old`] };
      const drain = new AbortController();
      const stopped = await pair.attempt(config, {
        drain: drain.signal,
        onEvent: (event) => {
          if (event.event === 'retry') drain.abort();
        },
      });
      assert.equal(stopped.finished.status, 'stopped', JSON.stringify(stopped.finished.error));
      await pair.source.run('INSERT INTO t VALUES (4, 4)', 'DELETE FROM other WHERE id = 1');
      assert.equal(readAnew(await pair.sync(config)).length, 0);
      await assertEqual(pair, 't', 'other');
    }));

  it('a log that is followed goes on behind the copy', () =>
    followed(async (pair) => {
      const drain = new AbortController();
      const events: RunEvent[] = [];
      const watchers = new Set<() => void>();
      const seen = async (test: (event: RunEvent) => boolean, from = 0) => {
        while (!events.slice(from).some(test)) {
          const { promise, resolve } = Promise.withResolvers<void>();
          watchers.add(resolve);
          await promise;
        }
        return events.length;
      };
      const running = pair.attempt(
        { ...cdc, exclude: [`${pair.source.name}.old`, `${pair.source.name}.n`] },
        {
          follow: true,
          drain: drain.signal,
          onEvent: (event) => {
            events.push(event);
            for (const watch of watchers) watch();
            watchers.clear();
          },
        },
      );
      const isCaughtUp = (event: RunEvent) => event.event === 'progress' && event.caughtUp === true;
      let at = await seen(isCaughtUp);
      for (const id of [3, 4]) {
        await pair.source.run('CREATE TABLE n (id INT PRIMARY KEY, v INT)', `INSERT INTO n VALUES (${id}, ${id})`);
        await pair.source.run('RENAME TABLE t TO old, n TO t', 'DROP TABLE old', `INSERT INTO other VALUES (${id})`);
        at = await seen((event) => event.event === 'retry' && event.error.code === 'cdc.replaced', at);
        at = await seen(isCaughtUp, at);
      }
      drain.abort();
      assert.equal((await running).finished.error, undefined);
      await pair.sync({ ...cdc, exclude: [`${pair.source.name}.old`] });
      await assertEqual(pair, 't', 'other');
    }));

  for (const [how, sql] of [
    ['dropped', 'DROP TABLE t'],
    ['renamed', 'RENAME TABLE t TO away'],
  ] as const) {
    it(`${how} while a run reads: its rows stay, and the others go on; one of its name that comes later is copied`, () =>
      followed(async (pair) => {
        const config = { ...cdc, streams: [`${pair.source.name}.t`, `${pair.source.name}.other`] };
        let done = false;
        const ran = await pair.attempt(config, {
          sides: {
            source: (source) =>
              overriding(source, {
                async groups(...words) {
                  const groups = await source.groups(...words);
                  if (!done) await pair.source.run(sql, 'INSERT INTO other VALUES (2)');
                  done = true;
                  return groups;
                },
              }),
          },
        });
        assert.equal(ran.finished.error, undefined, JSON.stringify(ran.finished.error));
        assert.match(notices(ran, 'cdc.gone')[0]?.message ?? '', /\.t is not there any more/);
        await assertEqual(pair, 'other');
        assert.equal(await pair.target.single('SELECT COUNT(*) FROM t'), '2');

        await pair.source.run('INSERT INTO other VALUES (3)');
        const { finished } = await pair.attempt(config);
        assert.equal(finished.error?.code, 'source.stream-missing', 'a table that is named and not there is told');
        await assertEqual(pair, 'other');

        await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (6, 6)');
        await pair.sync(config);
        await assertEqual(pair, 't', 'other');
      }));
  }
});

it('MariaDB: TRUNCATE, CREATE OR REPLACE TABLE, and the swap of a tool', async () => {
  const server = await startServer('mariadb', { flags: ['--binlog-row-metadata=FULL'] });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => server.stop());
  await using source = await openDatabase('mariadb', server.url);
  await using target = await openDatabase('tidb');
  const pair = pairOf(source, target, { through: { from: server.url } });
  const config = { ...cdc, exclude: [`${source.name}._*`] };
  for (const table of ['a', 'b', 'c', '_new']) await source.run(`CREATE TABLE ${table} (id INT PRIMARY KEY, v INT)`);
  for (const table of ['a', 'b', 'c']) await source.run(`INSERT INTO ${table} VALUES (1, 1), (2, 2)`);
  await pair.sync(config);
  await source.run('TRUNCATE TABLE a', 'INSERT INTO a VALUES (3, 3)');
  assert.equal(readAnew(await pair.sync(config)).length, 0);
  await source.run('CREATE OR REPLACE TABLE b (id INT PRIMARY KEY, v INT) SELECT 4 AS id, 4 AS v');
  await source.run('INSERT INTO _new VALUES (5, 5)', 'RENAME TABLE c TO _old, _new TO c', 'DELETE FROM a');
  const tables = readAnew(await pair.sync(config)).map(({ error }) => error.at);
  assert.deepEqual(tables, [`${source.name}.b, ${source.name}.c`]);
  await assertEqual(pair, 'a', 'b', 'c');
  await source.run('INSERT INTO a VALUES (6, 6)', 'UPDATE b SET v = 6', 'DELETE FROM c');
  await pair.sync(config);
  await assertEqual(pair, 'a', 'b', 'c');
});
