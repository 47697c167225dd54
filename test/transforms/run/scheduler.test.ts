import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../../transforms/graph/graph.ts';
import { planRun, type RunPlan } from '../../../transforms/run/plan.ts';
import { isBlocking, type NodeResult, type NodeStatus, skippedResult } from '../../../transforms/run/result.ts';
import { type ScheduleOptions, schedule } from '../../../transforms/run/scheduler.ts';
import { fc } from '../../random.ts';
import { graphs, node, selections } from './random-graph.ts';

function result(id: string, status: NodeStatus, thread = 0): NodeResult {
  return { ...skippedResult(id, ''), status, message: null, thread };
}

/** Runs a plan by hand: nodes end when the test says so. */
class Stage {
  readonly running = new Map<string, { thread: number; end: (status: NodeStatus) => void; signal: AbortSignal }>();
  readonly started: string[] = [];
  readonly done: Promise<NodeResult[]>;
  finished: NodeResult[] | undefined;

  constructor(plan: RunPlan, options: Omit<ScheduleOptions, 'run'>) {
    this.done = schedule(plan, {
      ...options,
      run: (id, thread, signal) =>
        new Promise((resolve) => {
          assert.ok(!this.started.includes(id), `${id} ran twice`);
          this.started.push(id);
          for (const other of this.running.values()) assert.notEqual(other.thread, thread);
          this.running.set(id, {
            thread,
            signal,
            end: (status) => {
              this.running.delete(id);
              resolve(result(id, status, thread));
            },
          });
        }),
    }).then((results) => {
      this.finished = results;
      return results;
    });
  }

  /** Lets everything happen that follows from what has ended. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const outcomes = fc.infiniteStream(
  fc.record({
    pick: fc.nat(),
    status: fc.constantFrom<NodeStatus>('success', 'success', 'pass', 'warn', 'error', 'fail', 'partial success'),
  }),
);

test('every node has one result, after all that it needs, and is skipped exactly where one of these did not succeed', async () => {
  await fc.assert(
    fc.asyncProperty(
      selections,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      outcomes,
      async (chosen, threads, tests, stream) => {
        const plan = planRun(chosen.graph, chosen.chosen, { tests });
        const stage = new Stage(plan, { threads });
        await stage.settle();
        while (stage.running.size > 0) {
          assert.ok(stage.running.size <= threads);
          const { pick, status } = stream.next().value;
          [...stage.running.values()][pick % stage.running.size]!.end(status);
          await stage.settle();
        }
        const results = await stage.done;
        assert.deepEqual(results.map(({ id }) => id).sort(), [...plan.ids].sort());
        const places = new Map(results.map(({ id }, index) => [id, index]));
        for (const [index, { id, status }] of results.entries()) {
          const needs = plan.needs(id).map((need) => results[places.get(need)!]!);
          for (const need of needs) assert.ok(places.get(need.id)! < index);
          assert.equal(status === 'skipped', needs.some(isBlocking));
          assert.equal(stage.started.includes(id), status !== 'skipped');
        }
      },
    ),
  );
});

test('no thread idles while a node could run', async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.nat()),
      async (graph, threads, picks) => {
        const plan = planRun(graph, new Set(graph.nodes.keys()), { tests: false });
        const stage = new Stage(plan, { threads });
        const ended = new Set<string>();
        await stage.settle();
        while (stage.running.size > 0) {
          const could = plan.ids.filter((id) => !ended.has(id) && plan.needs(id).every((need) => ended.has(need)));
          assert.equal(stage.running.size, Math.min(threads, could.length));
          const id = [...stage.running.keys()][picks.next().value % stage.running.size]!;
          ended.add(id);
          stage.running.get(id)!.end('success');
          await stage.settle();
        }
        assert.equal((await stage.done).length, plan.ids.length);
      },
    ),
  );
});

function planOf(...nodes: readonly (readonly [string, ...string[]])[]): RunPlan {
  const graph = new Graph(nodes.map(([id, ...parents]) => node(id, parents)));
  return planRun(graph, new Set(graph.nodes.keys()), { tests: false });
}

test('the longest way down goes first, by the seconds that nodes took before', async () => {
  const plan = planOf(['short'], ['long'], ['behind', 'long'], ['slow']);
  const byCount = new Stage(plan, { threads: 1 });
  await byCount.settle();
  assert.deepEqual(byCount.started, ['long']);
  const bySeconds = new Stage(plan, { threads: 1, weightOf: (id) => (id === 'slow' ? 10 : 1) });
  await bySeconds.settle();
  assert.deepEqual(bySeconds.started, ['slow']);
});

test('a skipped node names the node that failed, however far above', async () => {
  const stage = new Stage(planOf(['a'], ['b', 'a'], ['c', 'b'], ['other']), { threads: 2 });
  await stage.settle();
  stage.running.get('a')!.end('error');
  stage.running.get('other')!.end('success');
  const results = await stage.done;
  const skipped = results.filter(({ status }) => status === 'skipped');
  assert.deepEqual(
    skipped.map(({ id }) => id),
    ['b', 'c'],
  );
  for (const { message } of skipped) assert.match(message!, /: a did not succeed/);
});

test('under --fail-fast the first failure cancels what runs and skips the rest', async () => {
  const stage = new Stage(planOf(['a'], ['b'], ['c', 'b'], ['d']), { threads: 2, failFast: true });
  await stage.settle();
  const [first, second] = [...stage.running.values()];
  first!.end('error');
  await stage.settle();
  assert.equal(second!.signal.aborted, true);
  assert.equal(stage.started.length, 2);
  second!.end('error');
  const results = await stage.done;
  const failed = stage.started[0]!;
  for (const { status, message, id } of results) {
    if (stage.started.includes(id)) continue;
    assert.equal(status, 'skipped');
    assert.ok(message!.includes(failed) || message!.includes(stage.started[1]!));
  }
  assert.equal(results.length, 4);
});

test('a warning is no failure', async () => {
  const stage = new Stage(planOf(['a'], ['b', 'a']), { threads: 1, failFast: true });
  await stage.settle();
  stage.running.get('a')!.end('warn');
  await stage.settle();
  stage.running.get('b')!.end('success');
  assert.deepEqual(
    (await stage.done).map(({ status }) => status),
    ['warn', 'success'],
  );
});

test('the first signal lets what runs end and begins nothing more', async () => {
  const drain = new AbortController();
  const stage = new Stage(planOf(['a'], ['b', 'a'], ['c']), { threads: 1, drain: drain.signal });
  await stage.settle();
  drain.abort();
  assert.equal(stage.running.get('a')!.signal.aborted, false);
  stage.running.get('a')!.end('success');
  const results = await stage.done;
  assert.deepEqual(results.map(({ id, status }) => `${id} ${status}`).sort(), ['a success', 'b skipped', 'c skipped']);
  for (const { status, message } of results) if (status === 'skipped') assert.match(message!, /stopped/);
});

test('the second signal cancels what runs; what it throws is its result', async () => {
  const abort = new AbortController();
  const done = schedule(planOf(['a'], ['b', 'a']), {
    threads: 1,
    abort: abort.signal,
    run: (_, __, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  abort.abort(new Error('stopped by a signal'));
  assert.deepEqual(
    (await done).map(({ id, status, message }) => [id, status, message]),
    [
      ['a', 'error', 'stopped by a signal'],
      ['b', 'skipped', 'Skipped: a did not succeed.'],
    ],
  );
});

test('a run that was stopped before it began skips everything, and an empty one ends', async () => {
  const run = () => assert.fail('nothing runs');
  const stopped = await schedule(planOf(['a'], ['b', 'a']), { threads: 1, drain: AbortSignal.abort(), run });
  assert.deepEqual(
    stopped.map(({ status }) => status),
    ['skipped', 'skipped'],
  );
  assert.deepEqual(await schedule(planOf(), { threads: 1, run }), []);
});

test('a chain of ten thousand nodes is skipped without deep recursion', async () => {
  const nodes = Array.from({ length: 10_000 }, (_, at): [string, ...string[]] =>
    at === 0 ? ['n0'] : [`n${at}`, `n${at - 1}`],
  );
  const results = await schedule(planOf(...nodes), { threads: 2, run: async (id) => result(id, 'error') });
  assert.equal(results.filter(({ status }) => status === 'skipped').length, 9999);
});
