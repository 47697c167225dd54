import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Message } from '../../connectors/contract/index.ts';
import { withPair } from '../pairs/matrix.ts';
import { never, openDatabase, rowsOf, type TestDatabase } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { batchesOf, copied, follow, messagesOf, openSource, requestOf, rowBytes } from './log-source.ts';
import { changeUntil, WORKLOAD_TABLES } from './workload.ts';

const cdc = { read: 'cdc' } as const;

/** Messages of a lane that is followed, until one passes the test. */
async function until(
  messages: AsyncIterator<Message>,
  test: (message: Message, seen: readonly Message[]) => boolean,
): Promise<Message[]> {
  const seen: Message[] = [];
  for (;;) {
    const { value, done } = await messages.next();
    if (done) throw new Error('the lane ended');
    seen.push(value);
    if (test(value, seen)) return seen;
  }
}

const isIdle = (message: Message) => message.kind === 'checkpoint' && message.idle === true;
/** Others write into the same log. */
const isChange = (message: Message, seen: readonly Message[]) => isIdle(message) && batchesOf(seen).length > 0;

async function followed(database: TestDatabase): Promise<void> {
  await database.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
  await using source = openSource(database);
  const { lane, after } = await follow(source, { ...requestOf(database, ['t'], 'cdc'), follow: true });
  const stop = new AbortController();
  const messages = lane.read(after, stop.signal)[Symbol.asyncIterator]();
  const delays: number[] = [];
  assert.equal(batchesOf(await until(messages, isIdle)).length, 0, 'that there is nothing new is said too');
  for (let n = 2; n < 12; n++) {
    const next = until(messages, isChange);
    await database.run(`INSERT INTO t VALUES (${n}, ${n})`);
    const sent = performance.now();
    const seen = await next;
    delays.push(performance.now() - sent);
    assert.equal(batchesOf(seen).length, 1);
    const checkpoint = seen.at(-1)!;
    assert.ok(checkpoint.kind === 'checkpoint' && Math.abs(Date.now() - checkpoint.committedAt!.getTime()) < 60_000);
  }
  assert.ok(delays.sort((a, b) => a - b)[5]! < 1000, `changes came after ${delays.map(Math.round).join(', ')} ms`);
  const waiting = messages.next();
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
}

describe('a log that is followed', () => {
  it('of MySQL: changes come at once, and it ends on its signal', async () => {
    await using database = await openDatabase('mysql');
    await followed(database);
  });

  it('of MariaDB', async () => {
    const server = await startServer('mariadb', { flags: ['--binlog-row-metadata=FULL'] });
    try {
      await using database = await openDatabase('mariadb', server.url);
      await followed(database);
    } finally {
      await server.stop();
    }
  });

  it('invariant 6: a run that follows while others write ends equal, and its lane is drained', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run(...WORKLOAD_TABLES);
      await using own = await pair.source.session();
      const drain = new AbortController();
      const running = pair.attempt(cdc, { follow: true, drain: drain.signal });
      await changeUntil(own, AbortSignal.timeout(3000), 21);
      drain.abort();
      const { finished } = await running;
      assert.equal(finished.error, undefined);
      await pair.sync(cdc);
      for (const table of ['a', 'b'])
        assert.deepEqual(await rowsOf(pair.target, table), await rowsOf(pair.source, table));
    }));
});

describe('what MySQL alone writes into its log', () => {
  /** What the changes of a table without deletes come to: the newest row of each key. */
  async function assertLogged(database: TestDatabase, table: string, change: () => Promise<void>): Promise<void> {
    await using source = openSource(database);
    const request = requestOf(database, [table], 'cdc');
    const { lane, after } = await follow(source, request);
    await change();
    const logged = rowBytes(batchesOf(await messagesOf(lane, after)));
    assert.deepEqual(
      logged,
      await copied(source, { ...request, streams: request.streams.map((one) => ({ ...one, mode: 'full' })) }),
    );
  }

  it('a compressed transaction larger than what is inflated at once, and rows larger than a packet', async () => {
    await using database = await openDatabase('mysql');
    await database.run('CREATE TABLE t (id INT PRIMARY KEY, b LONGTEXT)', 'SET binlog_transaction_compression = ON');
    await assertLogged(database, 't', async () => {
      await database.run('START TRANSACTION');
      for (let id = 0; id < 12; id++) {
        await database.run(
          `INSERT INTO t VALUES (${id}, CONCAT('${randomBytes(400_000).toString('hex')}', REPEAT('${id}', 200000)))`,
        );
      }
      await database.run('COMMIT', 'SET binlog_transaction_compression = OFF');
      await database.run(
        "INSERT INTO t VALUES (20, REPEAT('x', 17000000)), (21, REPEAT('y', 16777216)), (22, 'small')",
      );
    });
  });

  it('GTIDs with tags: they are passed, asked for, and asked for again', async () => {
    const server = await startServer('mysql');
    try {
      await using database = await openDatabase('mysql', server.url);
      await database.run(
        'CREATE TABLE t (id INT PRIMARY KEY)',
        "SET gtid_next = 'AUTOMATIC:first_tag'",
        'INSERT INTO t VALUES (0)',
      );
      await using source = openSource(database);
      const { lane, after } = await follow(source, requestOf(database, ['t'], 'cdc'));
      await database.run('INSERT INTO t VALUES (1)', "SET gtid_next = 'AUTOMATIC:other'", 'INSERT INTO t VALUES (2)');
      await database.run("SET gtid_next = 'AUTOMATIC'", 'INSERT INTO t VALUES (3)');
      const messages = await messagesOf(lane, after);
      assert.equal(rowBytes(batchesOf(messages)).get('t')?.length, 3);
      const { position } = messages.at(-1) as Extract<Message, { kind: 'checkpoint' }>;
      const { log } = JSON.parse(position) as { log: { gtid: string } };
      const executed = await database.single('SELECT @@GLOBAL.gtid_executed');
      const subset = await database.single(`SELECT GTID_SUBSET('${executed}', '${log.gtid}')`);
      assert.equal(subset, '1', `${log.gtid} is not all of ${executed}`);
      assert.match(log.gtid, /:first_tag:.*:other:/);
      assert.deepEqual(await messagesOf(lane, position, never), []);
      await database.run('INSERT INTO t VALUES (4)');
      assert.equal(rowBytes(batchesOf(await messagesOf(lane, position))).get('t')?.length, 1);
    } finally {
      await server.stop();
    }
  });
});
