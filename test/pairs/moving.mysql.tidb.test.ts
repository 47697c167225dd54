import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Destination } from '../../connectors/contract/index.ts';
import {
  eventsOf,
  openDatabase,
  pairOf,
  rowsOf,
  type ServerName,
  type TestDatabase,
  type TestPair,
} from '../pipeline.ts';
import { sharedUrl } from '../services/shared.ts';
import { withWriters } from '../sides.ts';
import { TcpProxy } from '../sql/tcp-proxy.ts';
import { withPair } from './matrix.ts';

const ROWS = 12_000;

/** Two tables between which money moves: at every moment it is as much in both together. */
async function accounts({ source }: TestPair): Promise<void> {
  for (const name of ['a', 'b']) {
    await source.run(
      `CREATE TABLE ${name} (id INT PRIMARY KEY, money INT NOT NULL)`,
      `INSERT INTO ${name} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT i, 100 FROM n`,
    );
  }
}

/** Moves money until it is stopped; gives how many times it did. */
function movesMoney(source: TestDatabase): { stop(): Promise<number> } {
  let stopped = false;
  let moves = 0;
  const work = async () => {
    await using session = await source.session();
    while (!stopped) {
      const [from, to] = moves % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      const id = 1 + ((moves * 7919) % ROWS);
      await session.run(
        'START TRANSACTION',
        `UPDATE ${from} SET money = money - ${moves % 50} WHERE id = ${id}`,
        `UPDATE ${to} SET money = money + ${moves % 50} WHERE id = ${ROWS + 1 - id}`,
        'COMMIT',
      );
      moves++;
    }
  };
  const working = work();
  return {
    async stop() {
      stopped = true;
      await working;
      return moves;
    },
  };
}

const TOTAL = 'SELECT (SELECT SUM(money) FROM a) + (SELECT SUM(money) FROM b)';

async function assertEqual({ source, target }: TestPair): Promise<void> {
  for (const name of ['a', 'b']) assert.deepEqual(await rowsOf(target, name), await rowsOf(source, name));
}

describe('tables that change while they are copied', { concurrency: 2 }, () => {
  const consistent = (from: ServerName, to: ServerName, read?: string) =>
    it(`${from} to ${to}${read === undefined ? '' : `, ${read}`}: all tables are of one moment`, () =>
      withPair(
        from,
        to,
        async (pair) => {
          await accounts(pair);
          const writer = movesMoney(pair.source);
          // Slow enough that money moves between the batches.
          await pair.sync({ throttle: { rows_per_second: 20_000 } });
          assert.ok((await writer.stop()) > 20);
          assert.equal(await pair.target.single(TOTAL), String(ROWS * 200));
          await pair.sync();
          await assertEqual(pair);
        },
        read === undefined ? {} : { read },
      ));
  consistent('tidb', 'mysql');
  consistent('mysql', 'tidb', 'consistency=snapshot');

  it('mysql to tidb, consistency=chunk: what moved is settled by the next run', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await accounts(pair);
      const writer = movesMoney(pair.source);
      await pair.sync({ write: 'upsert', throttle: { rows_per_second: 20_000 } });
      assert.ok((await writer.stop()) > 20);
      await pair.sync({ write: 'upsert' });
      await assertEqual(pair);
    }));

  it('mysql to tidb, consistency=snapshot: a cut begins all tables anew, at one moment', async () => {
    await using proxy = new TcpProxy(sharedUrl('mysql'));
    const from = await proxy.listen();
    await using pair = pairOf(await openDatabase('mysql'), await openDatabase('tidb'), {
      read: 'consistency=snapshot',
      through: { from },
    });
    await accounts(pair);
    proxy.arm(`FROM \`${pair.source.name}\`.\`b\` WHERE`, 'cut-after');
    const writer = movesMoney(pair.source);
    const ran = await pair.sync();
    await writer.stop();
    assert.ok(
      eventsOf(ran, 'retry').some(({ error }) => error.code === 'source.cut'),
      JSON.stringify(eventsOf(ran, 'retry')),
    );
    assert.equal(await pair.target.single(TOTAL), String(ROWS * 200));
  });

  it('mysql to tidb, consistency=snapshot: DDL at the source begins the read anew', () =>
    withPair(
      'mysql',
      'tidb',
      async (pair) => {
        await accounts(pair);
        let altered: Promise<unknown> | undefined;
        const alterFirst = (destination: Destination) =>
          withWriters(destination, (writer) => ({
            async write(batch) {
              altered ??= pair.source.run('ALTER TABLE b ADD x INT');
              await altered;
              return writer.write(batch);
            },
          }));
        const ran = await pair.sync({ parallel: 1 }, { sides: { destination: alterFirst } });
        assert.ok(eventsOf(ran, 'retry').length > 0);
        await pair.sync();
        await assertEqual(pair);
      },
      { read: 'consistency=snapshot' },
    ));

  it('tidb to mysql: a read that goes on in another process stays at its moment', () =>
    withPair('tidb', 'mysql', async (pair) => {
      await accounts(pair);
      const writer = movesMoney(pair.source);
      const drain = new AbortController();
      const first = await pair.attempt(
        {},
        { drain: drain.signal, onEvent: ({ event }) => event === 'progress' && drain.abort() },
      );
      assert.equal(first.finished.status, 'stopped');
      await pair.sync();
      await writer.stop();
      assert.equal(await pair.target.single(TOTAL), String(ROWS * 200));
    }));
});
