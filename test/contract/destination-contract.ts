import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  balanced,
  type Destination,
  MillraceError,
  millraceError,
  type Reject,
  streamText,
} from '../../connectors/contract/index.ts';
import { never } from '../pipeline.ts';
import {
  batchOf,
  begin,
  type DestinationPlace,
  destinationAt,
  FULL_LANE,
  laneOf,
  newPipeline,
  orders,
  targetAt,
} from './place.ts';

const reject: Reject = {
  stream: streamText(orders.stream),
  code: 'value.inexact',
  message: 'has no exact text',
  row: '{"id":"9"}',
};

/** What every destination holds to, whatever it writes to. `swaps`: it can build a table beside the one that readers have. */
export function registerDestinationContract(
  title: string,
  open: () => Promise<DestinationPlace>,
  { swaps = true }: { readonly swaps?: boolean } = {},
): void {
  describe(`${title} as a destination`, { concurrency: 2 }, () => {
    const test = (
      what: string,
      body: (place: DestinationPlace, make: () => Destination, pipeline: string) => Promise<void>,
    ) =>
      it(what, async () => {
        await using place = await open();
        const pipeline = newPipeline();
        await using made = new AsyncDisposableStack();
        await body(place, () => made.use(destinationAt(place, pipeline)), pipeline);
      });
    registerWriting(test);
    registerFences(test);
    (swaps ? registerSwaps : registerEnds)(test);
  });
}

type Register = (
  what: string,
  body: (place: DestinationPlace, make: () => Destination, pipeline: string) => Promise<void>,
) => void;

function registerWriting(test: Register): void {
  test('looking makes nothing: positions are empty, the plan is only told', async (place, make) => {
    const destination = make();
    const positions = await destination.positions(never);
    assert.equal(positions.lanes.size + positions.streams.size, 0);
    const plan = await destination.plan(targetAt(place, 'append'), 1, never);
    assert.ok(plan.actions.length > 0);
    assert.deepEqual(plan.refused, []);
    assert.equal(await destination.identity(never), await make().identity(never));
    assert.deepEqual(await place.tables(), []);
  });

  test('invariant 1: rows and position come in one commit; what was not committed is not there', async (place, make) => {
    const destination = make();
    const target = targetAt(place, 'append');
    const lane = await begin(destination, target);
    assert.equal(lane.after, undefined);
    const { layout } = destination.can;
    await lane.writer.write(batchOf([['1', 'Ann']], layout));
    await lane.writer.commit('{"at":1}', false);
    await lane.writer.write(batchOf([['2', 'Bo']], layout));
    await lane.writer.abort();
    assert.deepEqual(await place.orders(), [['1', 'Ann']]);
    const again = await make().open(FULL_LANE, [target], 'test:1', () => undefined);
    assert.equal(again.after, '{"at":1}');
    assert.equal(again.ended, false);
    await again.writer.close();
  });

  test('apply twice does the same as once', async (place, make) => {
    const destination = make();
    const target = targetAt(place, 'upsert');
    const plan = await destination.plan(target, 1, never);
    await destination.apply(plan, never);
    await destination.apply(plan, never);
    assert.deepEqual((await destination.plan(target, 1, never)).actions, []);
  });

  test('invariant 4: rows in = written + superseded + already applied + rejected, and kept with the lane', async (place, make, pipeline) => {
    const destination = make();
    const seen: Reject[] = [];
    const lane = await begin(destination, targetAt(place, 'append'), { gate: (one) => seen.push(one) });
    await lane.writer.write(
      batchOf(
        [
          ['1', 'Ann'],
          ['2', null],
        ],
        destination.can.layout,
        [reject],
      ),
    );
    const report = await lane.writer.commit('{}', true);
    await lane.writer.close();
    const counts = report.streams.get(streamText(orders.stream))!;
    assert.deepEqual({ ...counts }, { read: 3, written: 2, superseded: 0, alreadyApplied: 0, rejected: 1 });
    const state = (await make().positions(never)).lanes.get(FULL_LANE)!;
    assert.ok(balanced(state.counts));
    assert.deepEqual({ ...state.counts }, { ...counts });
    assert.deepEqual(seen, [reject]);
    assert.deepEqual(await place.rejects(pipeline), [[reject.stream, reject.code]]);
  });

  test('a gate that lets no reject through stops the transaction, and none is kept', async (place, make, pipeline) => {
    const destination = make();
    const gate = () => {
      throw millraceError('rejects.too-many', 'none may be');
    };
    const lane = await begin(destination, targetAt(place, 'append'), { gate });
    const written = lane.writer
      .write(batchOf([['1', 'Ann']], destination.can.layout, [reject]))
      .then(() => lane.writer.commit('{}', false));
    await assert.rejects(written, { code: 'rejects.too-many' });
    await lane.writer.abort();
    assert.deepEqual(await place.orders(), []);
    assert.deepEqual(await place.rejects(pipeline), []);
  });

  test('upsert: the last of equal keys stays', async (place, make) => {
    const destination = make();
    const lane = await begin(destination, targetAt(place, 'upsert'));
    const { layout } = destination.can;
    await lane.writer.write(
      batchOf(
        [
          ['1', 'Ann'],
          ['2', 'Bo'],
        ],
        layout,
      ),
    );
    await lane.writer.commit('{"at":1}', false);
    await lane.writer.write(batchOf([['2', 'Bob']], layout));
    await lane.writer.commit('{"at":2}', false);
    await lane.writer.close();
    assert.deepEqual(await place.orders(), [
      ['1', 'Ann'],
      ['2', 'Bob'],
    ]);
  });
}

/** Fenced, or its connection killed by the one who took the lane over. */
function isFenced(thrown: unknown): boolean {
  return thrown instanceof MillraceError && ['lane.fenced', 'connect.lost'].includes(thrown.code);
}

function registerFences(test: Register): void {
  test('invariant 5: who opens a lane takes it; the one before can no longer commit', async (place, make) => {
    const [first, second] = [make(), make()];
    const target = targetAt(place, 'append');
    const older = await begin(first, target);
    const newer = await begin(second, target);
    const { layout } = first.can;
    const late = older.writer
      .write(batchOf([['1', 'late']], layout))
      .then(() => older.writer.commit('{"at":1}', false));
    await assert.rejects(late, isFenced);
    await older.writer.abort();
    await newer.writer.write(batchOf([['2', 'new']], layout));
    await newer.writer.commit('{"at":2}', false);
    await newer.writer.close();
    assert.deepEqual(await place.orders(), [['2', 'new']]);
    assert.equal((await first.positions(never)).lanes.get(FULL_LANE)?.position, '{"at":2}');
  });

  test('invariant 5: a lane that was lost is not taken back by a retry, only once it was released', async (place, make) => {
    const [first, second] = [make(), make()];
    const target = targetAt(place, 'append');
    const older = await begin(first, target);
    const newer = await begin(second, target);
    const late = older.writer
      .write(batchOf([['1', 'late']], first.can.layout))
      .then(() => older.writer.commit('{"at":1}', false));
    await assert.rejects(late, isFenced);
    await older.writer.abort();
    const open = () => first.open(FULL_LANE, [target], 'test:1', () => undefined);
    if (first.release !== undefined) await assert.rejects(open(), { code: 'lane.fenced' });
    await newer.writer.close();
    first.release?.(FULL_LANE);
    const again = await open();
    await again.writer.write(batchOf([['1', 'again']], first.can.layout));
    await again.writer.commit('{"at":1}', false);
    await again.writer.close();
    assert.deepEqual(await place.orders(), [['1', 'again']]);
  });

  test('invariant 5: who was frozen before it opened a lane brings nothing of a full read that a newer one followed', async (place, make) => {
    const [frozen, other] = [make(), make()];
    const target = targetAt(place, 'upsert');
    const held = await begin(frozen, target);
    const newer = await begin(other, target, { generation: 2, lane: laneOf(2, 0) });
    for (const lane of [FULL_LANE, laneOf(1, 1)]) {
      const late = frozen.open(lane, [target], 'test:1', () => undefined);
      await assert.rejects(late, { code: 'lane.fenced' }, lane);
    }
    const plan = frozen.open(laneOf(1, 'plan'), [], 'test:1', () => undefined);
    await assert.rejects(plan, { code: 'lane.fenced' });
    // It had opened this one, and committed nothing yet.
    const late = held.writer
      .write(batchOf([['1', 'late']], frozen.can.layout))
      .then(() => held.writer.commit('{"at":1}', false));
    await assert.rejects(late, isFenced);
    await held.writer.abort();
    await newer.writer.write(batchOf([['1', 'new']], other.can.layout));
    await newer.writer.commit('{"at":2}', true);
    await newer.writer.close();
    assert.deepEqual([...(await make().positions(never)).lanes.keys()], [laneOf(2, 0)]);
    await other.finish(target, 2, never);
    for (const lane of [laneOf(2, 0), laneOf(2, 1)]) {
      const done = frozen.open(lane, [target], 'test:1', () => undefined);
      await assert.rejects(done, { code: 'lane.fenced' }, lane);
    }
    assert.deepEqual(await place.orders(), [['1', 'new']]);
    assert.equal((await make().positions(never)).lanes.size, 0);
    const next = await make().open(laneOf(3, 'plan'), [], 'test:1', () => undefined);
    assert.equal(next.after, undefined, 'what the next read settles comes before it begins');
    await next.writer.close();
  });

  test('invariant 5: a lane that was forgotten and made anew is not the one that is still open', async (place, make) => {
    const [frozen, runner] = [make(), make()];
    const target = targetAt(place, 'upsert');
    const older = await begin(frozen, target);
    await runner.setPosition(FULL_LANE, undefined);
    const newer = await runner.open(FULL_LANE, [target], 'test:1', () => undefined);
    const late = older.writer
      .write(batchOf([['1', 'late']], frozen.can.layout))
      .then(() => older.writer.commit('{}', true));
    await assert.rejects(late, isFenced);
    await older.writer.abort();
    await newer.writer.close();
    assert.deepEqual(await place.orders(), []);
  });

  test('invariant 5: a full read that is over removes nothing', async (place, make) => {
    const [frozen, runner] = [make(), make()];
    const target = targetAt(place, 'upsert');
    const lane = await begin(frozen, target);
    await lane.writer.write(batchOf([['1', 'Ann']], frozen.can.layout));
    await lane.writer.commit('{}', true);
    await lane.writer.close();
    const remove = (generation: number) =>
      frozen.remove === undefined
        ? frozen.removeUnread!(target, generation, never)
        : frozen.remove(target, generation, [['1']], never);
    await runner.finish(target, 1, never);
    const [late] = await Promise.allSettled([remove(1)]);
    assert.ok(late.status === 'fulfilled' ? late.value === 0 : isFenced(late.reason), JSON.stringify(late));
    assert.deepEqual(await place.orders(), [['1', 'Ann']]);
  });

  test('a lane that ended stays ended', async (place, make) => {
    const target = targetAt(place, 'append');
    const lane = await begin(make(), target);
    await lane.writer.commit('{"at":1}', true);
    await lane.writer.close();
    const again = await make().open(FULL_LANE, [target], 'test:1', () => undefined);
    assert.equal(again.ended, true);
    await again.writer.close();
  });

  test('invariant 9: another source behind the same lane is an error', async (place, make) => {
    const target = targetAt(place, 'append');
    const lane = await begin(make(), target);
    await lane.writer.commit('{"at":1}', false);
    await lane.writer.close();
    const other = make().open(FULL_LANE, [target], 'test:2', () => undefined);
    await assert.rejects(other, { code: 'source.identity-changed' });
    assert.equal((await make().positions(never)).lanes.get(FULL_LANE)?.position, '{"at":1}');
  });

  test('setPosition makes a lane, moves it and forgets it; it fences who has it open', async (place, make) => {
    const destination = make();
    const target = targetAt(place, 'append');
    await destination.setPosition(FULL_LANE, '{"at":5}');
    const lane = await begin(destination, target);
    assert.equal(lane.after, '{"at":5}');
    await make().setPosition(FULL_LANE, '{"at":6}');
    await assert.rejects(
      lane.writer.write(batchOf([['1', 'late']], destination.can.layout)).then(() => lane.writer.commit('{}', false)),
      { code: 'lane.fenced' },
    );
    await lane.writer.abort();
    assert.equal((await destination.positions(never)).lanes.get(FULL_LANE)?.position, '{"at":6}');
    await destination.setPosition(FULL_LANE, undefined);
    assert.equal((await destination.positions(never)).lanes.size, 0);
  });
}

function registerEnds(test: Register): void {
  test('finish ends a full read, and may be said twice; reset and forget keep the rows', async (place, make) => {
    const destination = make();
    const target = targetAt(place, 'upsert');
    const lane = await begin(destination, target);
    await lane.writer.write(batchOf([['1', 'Ann']], destination.can.layout));
    await lane.writer.commit('{}', true);
    await lane.writer.close();
    for (const one of [destination, destination, make()]) await one.finish(target, 1, never);
    const { lanes, streams } = await make().positions(never);
    assert.equal(lanes.size, 0, 'the lanes of a read that is over are forgotten');
    assert.deepEqual({ ...streams.get(streamText(orders.stream)) }, { generation: 1, phase: 'done' });
    await assert.rejects(async () => destination.apply(await destination.plan(target, 1, never), never), {
      code: 'lane.fenced',
    });
    await begin(destination, target, { generation: 2, lane: laneOf(2, 0) }).then(({ writer }) => writer.close());
    await destination.reset(orders.stream, never);
    const after = await make().positions(never);
    assert.equal(after.lanes.size, 0);
    assert.deepEqual({ ...after.streams.get(streamText(orders.stream)) }, { generation: 2, phase: 'done' });
    assert.deepEqual((await make().plan(target, 3, never)).refused, []);
    const late = make().open(laneOf(2, 0), [target], 'test:1', () => undefined);
    await assert.rejects(late, { code: 'lane.fenced' }, 'invariant 5');
    await destination.forget(never);
    assert.equal((await make().positions(never)).streams.size, 0);
    assert.equal((await make().plan(target, 1, never)).refused.length, 1, 'invariant 11');
    assert.deepEqual(await place.orders(), [['1', 'Ann']]);
  });
}

function registerSwaps(test: Register): void {
  async function load(
    destination: Destination,
    place: DestinationPlace,
    rows: string[][],
    generation = 1,
  ): Promise<void> {
    const target = targetAt(place, 'overwrite');
    const lane = await begin(destination, target, { generation, lane: FULL_LANE.replace('/1/', `/${generation}/`) });
    await lane.writer.write(batchOf(rows, destination.can.layout));
    await lane.writer.commit('{}', true);
    await lane.writer.close();
  }

  test('overwrite: readers have the old rows until the end, which may be said twice', async (place, make) => {
    const destination = make();
    const target = targetAt(place, 'overwrite');
    await load(destination, place, [['1', 'old']]);
    await destination.finish(target, 1, never);
    await destination.finish(target, 1, never);
    await make().finish(target, 1, never);
    assert.deepEqual(await place.orders(), [['1', 'old']]);
    const { lanes, streams } = await destination.positions(never);
    assert.deepEqual(streams.get(streamText(orders.stream)), { generation: 1, phase: 'done' });
    assert.equal(lanes.size, 0, 'the lanes of a read that is over are forgotten');
    await load(destination, place, [['2', 'new']], 2);
    assert.deepEqual(await place.orders(), [['1', 'old']]);
    assert.equal((await destination.positions(never)).streams.get(streamText(orders.stream))?.phase, 'building');
    await destination.finish(target, 2, never);
    assert.deepEqual(await place.orders(), [['2', 'new']]);
  });

  test('reset forgets positions and what was built; rows that readers have stay', async (place, make) => {
    const destination = make();
    await load(destination, place, [['1', 'old']]);
    await destination.finish(targetAt(place, 'overwrite'), 1, never);
    const before = await place.tables();
    await load(destination, place, [['2', 'new']], 2);
    await destination.reset(orders.stream, never);
    const { lanes, streams } = await make().positions(never);
    assert.equal(lanes.size, 0);
    assert.equal(streams.get(streamText(orders.stream))?.phase ?? 'done', 'done');
    assert.deepEqual(await place.orders(), [['1', 'old']]);
    // What is built beside may stay as an empty table for the next read; its rows do not.
    for (const name of (await place.tables()).filter((table) => !before.includes(table))) {
      assert.match(name, /^_millrace_/);
      assert.equal(await place.count(name), 0);
    }
  });

  test('invariant 11: forget leaves the tables, and they are no longer its own', async (place, make) => {
    const destination = make();
    const target = targetAt(place, 'overwrite');
    await load(destination, place, [['1', 'old']]);
    await destination.finish(target, 1, never);
    await destination.forget(never);
    const { lanes, streams } = await make().positions(never);
    assert.equal(lanes.size + streams.size, 0);
    assert.deepEqual(await place.orders(), [['1', 'old']]);
    assert.equal((await make().plan(target, 1, never)).refused.length, 1);
  });
}
