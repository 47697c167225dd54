import {
  asMillraceError,
  type Comparer,
  type Destination,
  type ErrorEnvelope,
  type Group,
  millraceError,
  type RunEvent,
  type Source,
  type Stage,
  type StageStream,
  type StreamName,
  type StreamRequest,
  type StreamStatus,
  streamText,
  type Target,
  type TargetPlan,
} from '../contract/index.ts';
import { removeGone } from './gone.ts';
import { type LaneOutcome, type LaneRun, runLane } from './lane.ts';
import { now } from './ledger.ts';
import { passing } from './retry.ts';
import type { Slots } from './slots.ts';

/** What all groups of a run share. */
export interface GroupRun extends Omit<LaneRun, 'onRetry' | 'onSplit' | 'reshape'> {
  readonly source: Source;
  readonly destination: Destination;
  readonly slots: Slots;
  readonly emit: (event: RunEvent) => void;
  /** The group of these streams, asked for again from what is committed now. */
  readonly again: (streams: Group['streams']) => Promise<Group>;
  /** The target of a stream by `streamText` of its source name. */
  readonly targets: ReadonlyMap<string, Target>;
  /** What is asked of a stream, by the same name. */
  readonly requests: ReadonlyMap<string, StreamRequest>;
  /** Whether steps that lose data or rewrite the target of a stream were agreed to for this run. */
  readonly acceptsDestructive: (stream: StreamName) => boolean;
  /** Full reads that this run worked at. */
  readonly generations: Set<number>;
  /** The rows of a full read are all that the stream has: what the target has beyond them is gone from the source. */
  readonly complete: boolean;
}

/** How often a group's read begins anew in a run, within so long: a log that is followed meets what makes it do so again and again. */
const MAX_RESTARTS = 5;
const RESTARTS_MS = 600_000;

/** Runs one group to its end. A failure parks its streams and is told, never thrown: the other groups go on. */
export async function runGroup(group: Group, run: GroupRun): Promise<void> {
  const streams = group.streams.map(streamText);
  const settle = (status: StreamStatus, error?: ErrorEnvelope) => {
    for (const stream of streams) run.ledger.status(stream, status, error);
  };
  try {
    settle(await runRestarting(group, run));
  } catch (thrown) {
    if (run.abort.aborted) settle('stopped');
    else settle('parked', asMillraceError(thrown).envelope());
  }
}

async function runRestarting(group: Group, run: GroupRun): Promise<'done' | 'stopped'> {
  for (let restarts = 1, current = group, since = performance.now(); ; restarts++) {
    try {
      return await runStages(current, run);
    } catch (thrown) {
      const error = asMillraceError(thrown);
      if (performance.now() - since > RESTARTS_MS) [restarts, since] = [1, performance.now()];
      if (error.retry !== 'restart' || restarts > MAX_RESTARTS || run.abort.aborted) throw error;
      const lane = group.streams.map(streamText).join(', ');
      run.emit({ event: 'retry', at: now(), lane, error: error.envelope(), attempt: restarts, delayMs: 0 });
      current = await run.again(group.streams);
    }
  }
}

async function runStages(group: Group, run: GroupRun): Promise<'done' | 'stopped'> {
  for await (const stage of stagesOf(group, run)) {
    if ((await runStage(stage, run)) === 'drained') return 'stopped';
  }
  return 'done';
}

/** The stages of a group. Where one could not be settled for something that can pass, the group is asked for again and goes on from what is committed. */
async function* stagesOf(group: Group, run: GroupRun): AsyncGenerator<Stage, void, undefined> {
  const begin = (one: Group) => one.stages(run.abort)[Symbol.asyncIterator]();
  let stages: AsyncIterator<Stage> | undefined = begin(group);
  const what = `read ${group.streams.map(streamText).join(', ')}`;
  try {
    for (;;) {
      let next: IteratorResult<Stage> | undefined;
      await passing(what, run, async () => {
        stages ??= begin(await run.again(group.streams));
        try {
          next = await stages.next();
        } catch (thrown) {
          stages = undefined;
          throw thrown;
        }
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    await stages?.return?.();
  }
}

async function runStage(stage: Stage, run: GroupRun): Promise<'ended' | 'drained'> {
  if (run.drain.aborted) return 'drained';
  const targets = stage.streams.map((stream) => ({ stream, target: stageTarget(stream, run) }));
  for (const { stream } of targets) if (stream.generation !== undefined) run.generations.add(stream.generation);
  for (const { stream, target } of targets) await prepare(target, stream.generation, run);
  const outcomes = await runLanes(
    stage,
    targets.map(({ target }) => target),
    run,
  );
  if (outcomes.includes('drained')) return 'drained';
  for (const { stream, target } of targets) {
    if (stream.generation !== undefined) await finish(target, stream, stream.generation, run);
  }
  return 'ended';
}

/** The configured target with the schema that this stage really sends. */
function stageTarget(stream: StageStream, run: GroupRun): Target {
  const name = streamText(stream.schema.stream);
  const target = run.targets.get(name);
  if (target === undefined) throw new Error(`the source sends ${name}, which nobody asked for`);
  return { ...target, source: stream.schema };
}

/** Brings the target into shape; what is not safe stops here. */
async function prepare(target: Target, generation: number | undefined, run: GroupRun): Promise<void> {
  run.ledger.status(streamText(target.source.stream), 'reading');
  await passing(`plan ${streamText(target.table)}`, run, async () => {
    const plan = await run.destination.plan(target, generation, run.abort);
    requireSafe(plan, run.acceptsDestructive(target.source.stream));
    const changes = plan.actions.some(({ effect }) => effect !== 'none');
    for (const action of changes ? plan.actions : []) {
      const { summary, sql } = action;
      run.emit({
        event: 'action',
        at: now(),
        table: streamText(action.table),
        summary,
        ...(sql === undefined ? {} : { sql }),
      });
    }
    await run.destination.apply(plan, run.abort);
  });
}

/** Throws `schema.refused`, or `schema.destructive` unless every action is safe or was agreed to. */
function requireSafe(plan: TargetPlan, accepted: boolean): void {
  const at = streamText(plan.target.table);
  const refused = plan.refused[0];
  if (refused !== undefined) {
    const messages = plan.refused.map((finding) => finding.message).join('; ');
    throw millraceError('schema.refused', messages.startsWith(at) ? messages : `${at}: ${messages}`, {
      at: refused.at ?? at,
      ...(refused.fix === undefined ? {} : { fix: refused.fix }),
    });
  }
  const harmful = plan.actions.filter((action) => action.effect === 'destructive');
  if (harmful.length === 0 || accepted) return;
  throw millraceError('schema.destructive', `${at}: ${harmful.map((action) => action.summary).join('; ')}`, { at });
}

/** All lanes side by side as slots allow. The first failure stops the others of the stage at their last commit. */
async function runLanes(stage: Stage, targets: readonly Target[], run: GroupRun): Promise<LaneOutcome[]> {
  const failed = new AbortController();
  const laneRun: LaneRun = {
    ...run,
    abort: AbortSignal.any([run.abort, failed.signal]),
    reshape: (schema) => prepare(stageTarget({ schema }, run), undefined, run),
    onSplit: (lane) => {
      const message = `a transaction in ${lane} is too large for one commit: the target shows it in parts`;
      run.emit({ event: 'notice', at: now(), code: 'transaction.split', message });
    },
    onRetry: (lane, error, attempt, delayMs) =>
      run.emit({ event: 'retry', at: now(), lane, error: error.envelope(), attempt, delayMs }),
  };
  let first: unknown;
  const runOne = (lane: Stage['lanes'][number]) =>
    run.slots.use(async () => {
      if (laneRun.abort.aborted || run.drain.aborted) return 'drained' as const;
      try {
        return await runLane(lane, targets, laneRun);
      } catch (thrown) {
        first ??= thrown;
        failed.abort();
        return 'drained' as const;
      }
    });
  const running = stage.lanes.map(runOne);
  if (stage.arriving !== undefined) {
    const stop = AbortSignal.any([laneRun.abort, run.drain]);
    await untilStopped(stage.arriving, stop, (lane) => running.push(runOne(lane)));
  }
  const outcomes = await Promise.all(running);
  if (first !== undefined) throw first;
  run.abort.throwIfAborted();
  return outcomes;
}

/** Takes items as they come until there are no more, or the signal: then it does not wait for the next. */
async function untilStopped<T>(items: AsyncIterable<T>, stop: AbortSignal, take: (item: T) => void): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const stopped = Promise.withResolvers<undefined>();
  const end = () => stopped.resolve(undefined);
  if (stop.aborted) end();
  stop.addEventListener('abort', end, { once: true });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), stopped.promise]);
      if (next === undefined || next.done === true) return;
      take(next.value);
    }
  } finally {
    stop.removeEventListener('abort', end);
    await iterator.return?.();
  }
}

/** Rows that are gone from the source. A hashed key tells nobody which row it was. */
async function removeRows(
  target: Target,
  source: Comparer | undefined,
  generation: number,
  run: GroupRun,
): Promise<void> {
  const stream = streamText(target.source.stream);
  const request = run.requests.get(stream)!;
  const notice = (code: string, message: string) => run.emit({ event: 'notice', at: now(), code, message });
  const isProtected = target.source.key?.some((name) => request.protect?.[name] !== undefined) === true;
  if (isProtected && run.destination.removeUnread === undefined) {
    return notice('rows.unknown', `the key of ${stream} is protected: rows that are gone from it stay in the target`);
  }
  const { destination } = run;
  const removed =
    destination.removeUnread === undefined
      ? await removeGone(source, destination, target, generation, request.where, run.abort)
      : await destination.removeUnread(target, generation, run.abort);
  if (removed === 0) return;
  notice('rows.gone', `${removed} rows are gone from ${stream} and were removed from ${streamText(target.table)}`);
}

async function finish(target: Target, { comparer }: StageStream, generation: number, run: GroupRun): Promise<void> {
  const stream = streamText(target.source.stream);
  run.ledger.status(stream, 'finishing');
  await passing(`finish ${stream}`, run, async () => {
    if (run.complete && (target.write === 'upsert' || target.write === 'soft_delete')) {
      await removeRows(target, comparer ?? run.source.comparer?.(), generation, run);
    }
    await run.destination.finish(target, generation, run.abort);
  });
}
