import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noCounts, noPositions } from '../../connectors/contract/index.ts';
import { advanceFence, moveFence, openFence } from '../../connectors/sql/fence.ts';
import type { SqlPool } from '../../connectors/sql/pool.ts';
import { execute, query } from '../../connectors/sql/query.ts';
import { serverInfo } from '../../connectors/sql/server.ts';
import { serverRun } from '../../connectors/sql/server-run.ts';
import type { Session } from '../../connectors/sql/session.ts';
import { StateTable } from '../../connectors/sql/state.ts';
import { inPool, never, servers } from './pool-fixture.ts';

const pipeline = '01234567-89ab-cdef-0123-456789abcdef';
const opening = (lane: string, source = 'mysql:1') => ({ lane, streams: ['shop.orders'], source });
const counts = { read: 7, written: 4, superseded: 1, alreadyApplied: 0, rejected: 2 };

async function stateIn(pool: SqlPool, database: string): Promise<StateTable> {
  const state = new StateTable(database, pipeline, "it's a `pipeline`");
  await using lease = await pool.lease('write', never);
  await state.create(lease.session);
  await state.create(lease.session);
  return state;
}

/** TiDB may end as a whole when a session is killed: nobody is, there. */
async function killed(server: (typeof servers)[number], session: Session): Promise<void> {
  const answer = query(session, 'SELECT 1');
  if (server === 'tidb') assert.deepEqual(await answer, [['1']]);
  else await assert.rejects(answer, { code: 'connect.lost' });
}

for (const server of servers) {
  describe(`state on ${server}`, () => {
    it('is nothing, and makes nothing, where there are no tables', () =>
      inPool(server, async (pool, database) => {
        await using lease = await pool.lease('read', never);
        for (const name of [database, `${database}_none`]) {
          const state = new StateTable(name, pipeline, 'p');
          assert.equal(await state.positions(lease.session), noPositions);
          assert.equal(await state.owns(lease.session, { namespace: 'a', name: 'b' }), false);
        }
        assert.deepEqual(await query(lease.session, `SHOW TABLES FROM ${database}`), []);
      }));

    it('invariant 5: opening a lane beside the beginning of the next full read, one of the two sees the other', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        const stream = { namespace: 'shop', name: 'orders' };
        const building = (generation: number) => ({ generation, phase: 'building', table: stream }) as const;
        await using ours = await pool.lease('write', never);
        await using newer = await pool.lease('write', never);
        await state.beginRead(newer.session, stream, building(1), undefined);
        for (let i = 1; i <= 20; i++) {
          const begun = async () => {
            await state.beginRead(newer.session, stream, building(i + 1), building(i));
            await state.forgetReads(newer.session, stream, i + 1);
          };
          const open = openFence(ours.session, state, opening(`full/${i}/shop.orders/0`));
          const [opened] = await Promise.allSettled([open, begun()]);
          if (opened.status === 'rejected') assert.equal(opened.reason.code, 'lane.fenced');
          else await assert.rejects(moveFence(ours.session, state, opened.value), { code: 'lane.fenced' });
          const left = `SELECT lane FROM ${state.table('_millrace_state')}`;
          assert.deepEqual(await query(ours.session, left), []);
        }
        const now = await openFence(ours.session, state, opening('full/21/shop.orders/0'));
        await moveFence(ours.session, state, now);
      }));

    it('a full read is begun by one: who looked before another had begun one begins again', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        const stream = { namespace: 'shop', name: 'orders' };
        const building = (generation: number) => ({ generation, phase: 'building', table: stream }) as const;
        await using lease = await pool.lease('write', never);
        await state.beginRead(lease.session, stream, building(1), undefined);
        await state.beginRead(lease.session, stream, building(3), building(1));
        const late = state.beginRead(lease.session, stream, building(2), building(1));
        await assert.rejects(late, { code: 'schema.moved', retry: 'backoff' });
        assert.equal((await state.stream(lease.session, stream))?.generation, 3);
      }));

    it('keeps positions of lanes whose names differ by case, in any text', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        await using lease = await pool.lease('write', never);
        const { session } = lease;
        const positions = ['', '{"gtid":"é🐟\\\'"}', 'x'.repeat(200_000)];
        for (const [at, lane] of ['full/1/shop.Foo/0', 'full/1/shop.foo/0', `läne ${'x'.repeat(500)}`].entries()) {
          const fence = await openFence(session, state, { ...opening(lane), streams: [] });
          assert.equal(fence.position, undefined);
          await execute(session, 'START TRANSACTION');
          await advanceFence(session, state, fence, { position: positions[at]!, ended: at === 1, counts });
          await advanceFence(session, state, fence, { position: positions[at]!, ended: at === 1, counts });
          await execute(session, 'COMMIT');
        }
        await openFence(session, state, opening('opened only'));
        const { lanes } = await state.positions(session);
        assert.equal(lanes.size, 3);
        const foo = lanes.get('full/1/shop.foo/0')!;
        assert.deepEqual([foo.position, foo.ended], [positions[1], true]);
        assert.deepEqual(foo.counts, { read: 14, written: 8, superseded: 2, alreadyApplied: 0, rejected: 4 });
        assert.match(foo.committedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        assert.ok(Math.abs(Date.parse(foo.committedAt) - Date.now()) < 60_000);
        assert.equal(lanes.get('full/1/shop.Foo/0')!.position, '');
        assert.equal(new Set([...lanes.values()].map((lane) => lane.position)).size, 3);
        const other = new StateTable(database, pipeline.replace('0', '1'), 'other');
        assert.equal((await other.positions(session)).lanes.size, 0);
      }));

    it('lets only the last opener commit', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        await using first = await pool.lease('write', never);
        const older = await openFence(first.session, state, opening('lane'));
        await execute(first.session, 'START TRANSACTION');
        const second = await pool.lease('write', never);
        const newer = await openFence(second.session, state, opening('lane'));
        assert.ok(newer.epoch > older.epoch);
        await execute(second.session, 'START TRANSACTION');
        await advanceFence(second.session, state, newer, { position: 'b', ended: false, counts });
        await execute(second.session, 'COMMIT');
        // The holder before was killed, but on TiDB; with a connection of its own it is fenced all the same.
        await killed(server, first.session);
        await using third = await pool.lease('write', never);
        const late = advanceFence(third.session, state, older, { position: 'a', ended: false, counts: noCounts });
        await assert.rejects(late, { code: 'lane.fenced', retry: 'never' });
        assert.equal((await state.positions(third.session)).lanes.get('lane')?.position, 'b');
        await second[Symbol.asyncDispose]();
      }));

    it('kills nobody by an id that another life of the server gave', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        await using stranger = await pool.lease('write', never);
        await using opener = await pool.lease('write', never);
        const older = await openFence(stranger.session, state, opening('lane'));
        const [host, port, node, start] = JSON.parse(await serverRun(stranger.session)) as [
          string,
          string,
          string,
          number,
        ];
        for (const other of [
          [host, port, node, start - 60],
          ['another', port, node, start],
          [host, port, 'another', start],
        ]) {
          await execute(
            opener.session,
            `UPDATE ${state.table('_millrace_state')} SET connection_id = ${stranger.session.id}, server_run = '${JSON.stringify(other)}'`,
          );
          const newer = await openFence(opener.session, state, opening('lane'));
          assert.ok(newer.epoch > older.epoch);
          assert.deepEqual(await query(stranger.session, 'SELECT 1'), [['1']], JSON.stringify(other));
        }
        await moveFence(stranger.session, state, await openFence(opener.session, state, opening('lane')));
        await openFence(opener.session, state, opening('lane'));
        await killed(server, stranger.session);
      }));

    it('waits for a commit under way before it reads the position', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        await using first = await pool.lease('write', never);
        const older = await openFence(first.session, state, opening('lane'));
        // Held by somebody who is not on record as the holder, and so is not killed.
        await using hidden = await pool.lease('write', never);
        await execute(hidden.session, 'START TRANSACTION');
        await advanceFence(hidden.session, state, older, { position: 'late', ended: true, counts });
        await using second = await pool.lease('write', never);
        const reopening = openFence(second.session, state, opening('lane'));
        setTimeout(() => void execute(hidden.session, 'COMMIT'), 300);
        const newer = await reopening;
        assert.deepEqual([newer.position, newer.ended], ['late', true]);
      }));

    it('refuses another source, and fences who holds a lane that is reset', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        await using lease = await pool.lease('write', never);
        const { session } = lease;
        const held = await openFence(session, state, opening('lane'));
        const other = openFence(session, state, opening('lane', 'mysql:2'));
        await assert.rejects(other, { code: 'source.identity-changed', at: 'lane' });
        await state.setStream(
          session,
          { namespace: 'shop', name: 'orders' },
          {
            generation: 3,
            phase: 'building',
            table: { namespace: 'Copy', name: 'o`rders' },
          },
        );
        assert.equal(await state.owns(session, { namespace: 'Copy', name: 'o`rders' }), true);
        assert.equal(await state.owns(session, { namespace: 'copy', name: 'o`rders' }), false);
        assert.deepEqual((await state.positions(session)).streams.get('shop.orders'), {
          generation: 3,
          phase: 'building',
        });
        await state.setPosition(session, 'full/3/shop.orders/plan', 'a plan');
        await state.setPosition(session, 'full/3/shop.orders2/plan', 'of another stream');
        const orders = { namespace: 'shop', name: 'orders' };
        const table = { namespace: 'Copy', name: 'o`rders' };
        assert.deepEqual(await state.forget(session, orders), [{ generation: 3, phase: 'building', table }]);
        await state.settle(session, orders);
        assert.deepEqual([...(await state.positions(session)).lanes.keys()], ['full/3/shop.orders2/plan']);
        assert.deepEqual(await state.stream(session, orders), { generation: 3, phase: 'done', table });
        assert.equal(await state.owns(session, table), true);
        await state.disown(session);
        assert.equal(await state.owns(session, table), false);
        await openFence(session, state, opening('lane', 'mysql:2'));
        const late = advanceFence(session, state, held, { position: 'a', ended: false, counts });
        await assert.rejects(late, { code: 'lane.fenced' });
      }));

    it('takes a position set by hand', () =>
      inPool(server, async (pool, database) => {
        const state = await stateIn(pool, database);
        await using lease = await pool.lease('write', never);
        const { session } = lease;
        await state.setPosition(session, 'lane', 'by hand');
        const fence = await openFence(session, state, opening('lane', 'mysql:9'));
        assert.equal(fence.position, 'by hand');
        await state.setPosition(session, 'lane', 'again');
        const late = advanceFence(session, state, fence, { position: 'a', ended: false, counts });
        await assert.rejects(late, { code: 'lane.fenced' });
        await assert.rejects(openFence(session, state, opening('lane', 'mysql:8')), {
          code: 'source.identity-changed',
        });
        await state.setPosition(session, 'lane', undefined);
        assert.equal((await state.positions(session)).lanes.size, 0);
      }));
  });

  describe(`the server ${server}`, () => {
    it('says what it is, the same each time', () =>
      inPool(server, async (pool) => {
        await using one = await pool.lease('read', never);
        await using two = await pool.lease('write', never);
        const info = await serverInfo(one.session);
        assert.deepEqual(await serverInfo(two.session), info);
        assert.deepEqual([info.dialect, info.flavour, info.localInfile], [server, server, true]);
        assert.match(info.identity, new RegExp(`^${server}:.{16,}`));
        assert.ok(info.maxAllowedPacket >= 1 << 20);
        assert.equal(info.lowerCaseTableNames, server === 'tidb' ? 2 : 0);
        if (server !== 'mysql') assert.equal(info.md5, true);
      }));
  });
}
