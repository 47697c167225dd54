import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millraceError } from '../../../connectors/contract/index.ts';
import { Graph } from '../../../transforms/graph/graph.ts';
import type { ModelEvent } from '../../../transforms/run/event.ts';
import { type ModelsRun, runModels } from '../../../transforms/run/models-run.ts';
import { runNode } from '../../../transforms/run/node-run.ts';
import { planRun } from '../../../transforms/run/plan.ts';
import type { NodeResult } from '../../../transforms/run/result.ts';
import { node } from './random-graph.ts';

const graph = new Graph([node('a', []), node('b', ['a']), node('t', ['a'], 'test')]);

function work(id: string, thread: number, failing: readonly string[]): Promise<NodeResult> {
  return runNode(id, thread, {
    compile: async () => ({ code: `select '${id}'`, relation: id }),
    execute: async () => {
      if (failing.includes(id)) throw millraceError('model.invalid', `${id} is wrong`, { at: `${id}.sql:3` });
      return { status: 'success', message: 'CREATE TABLE', response: { rows_affected: 2 } };
    },
  });
}

function runOf(failing: readonly string[], changed: Partial<ModelsRun> = {}): ModelsRun {
  return {
    id: 'run-1',
    command: 'build',
    target: 'dev',
    threads: 1,
    failFast: false,
    plan: planRun(graph, new Set(graph.nodes.keys()), { tests: true }),
    infoOf: (id) => ({ id, name: id, type: graph.nodes.get(id)!.resource_type, file: `${id}.sql` }),
    hooks: { start: ['start-0', 'start-1'], end: ['end-0'] },
    skipAfterFailedStart: false,
    runHook: (id) => work(id, 0, failing),
    run: (id, thread) => work(id, thread, failing),
    compiledFile: (id) => `target/compiled/${id}.sql`,
    awakeSeconds: () => 4,
    ...changed,
  };
}

async function told(run: ModelsRun, stop: { drain?: AbortSignal; abort?: AbortSignal } = {}) {
  const events: ModelEvent[] = [];
  const never = new AbortController().signal;
  const outcome = await runModels(run, { emit: (event) => events.push(event), drain: never, abort: never, ...stop });
  return { ...outcome, events };
}

function shape(results: readonly NodeResult[]): string[] {
  return results.map(({ id, status }) => `${id} ${status}`);
}

test('hooks go before and after all nodes, and every node is told of at its begin and end', async () => {
  const { results, finished, events } = await told(runOf([]));
  const all = ['start-0', 'start-1', 'a', 't', 'b', 'end-0'];
  assert.deepEqual(
    shape(results),
    all.map((id) => `${id} success`),
  );
  assert.deepEqual(
    events.map((event) =>
      event.event === 'node' || event.event === 'result'
        ? `${event.event} ${event.node.id} ${event.index}/${event.total}`
        : event.event,
    ),
    [
      'started',
      'hook',
      'hook',
      'node a 1/3',
      'result a 1/3',
      'node t 2/3',
      'result t 2/3',
      'node b 3/3',
      'result b 3/3',
      'hook',
    ],
  );
  assert.equal(finished.status, 'ok');
  assert.deepEqual(finished.counts, { success: 6 });
  assert.equal(finished.awakeSeconds, 4);
  const first = events[0]!;
  assert.ok(first.event === 'started');
  assert.deepEqual(first.nodes, { model: 2, test: 1 });
});

test('the result of a node holds both its times, what was sent, and where it went wrong', async () => {
  const { results, events } = await told(runOf(['t']));
  const failed = results.find(({ id }) => id === 't')!;
  assert.deepEqual(
    failed.timing.map(({ name }) => name),
    ['compile', 'execute'],
  );
  assert.equal(failed.compiledCode, "select 't'");
  assert.equal(failed.error?.at, 't.sql:3');
  const event = events.find((each) => each.event === 'result' && each.node.id === 't');
  assert.ok(event?.event === 'result');
  assert.equal(event.error?.code, 'model.invalid');
  assert.equal(event.compiled, 'target/compiled/t.sql');
});

test('a failed hook of the begin fails the run; nodes run all the same unless the project says otherwise', async () => {
  const loose = await told(runOf(['start-0']));
  assert.deepEqual(shape(loose.results), [
    'start-0 error',
    'start-1 skipped',
    'a success',
    't success',
    'b success',
    'end-0 success',
  ]);
  assert.equal(loose.finished.status, 'failed');
  const strict = await told(runOf(['start-0'], { skipAfterFailedStart: true }));
  assert.deepEqual(shape(strict.results), [
    'start-0 error',
    'start-1 skipped',
    'a skipped',
    't skipped',
    'b skipped',
    'end-0 success',
  ]);
  assert.equal(strict.events.filter(({ event }) => event === 'result').length, 3);
});

test('hooks of the end see what the nodes came to, and one that fails fails the run', async () => {
  let seen: readonly NodeResult[] = [];
  const run = runOf(['end-0'], {
    runHook: (id, results) => {
      seen = results;
      return work(id, 0, ['end-0']);
    },
  });
  const { finished } = await told(run);
  assert.deepEqual(
    seen.map(({ id }) => id),
    ['a', 't', 'b'],
  );
  assert.equal(finished.status, 'failed');
});

test('a run that is stopped says so, and runs no hook after the second signal', async () => {
  const drained = await told(runOf([]), { drain: AbortSignal.abort() });
  assert.equal(drained.finished.status, 'stopped');
  assert.deepEqual(shape(drained.results), [
    'start-0 success',
    'start-1 success',
    'a skipped',
    't skipped',
    'b skipped',
    'end-0 success',
  ]);
  const aborted = await told(runOf([]), { abort: AbortSignal.abort() });
  assert.ok(aborted.results.every(({ status }) => status === 'skipped'));
});
