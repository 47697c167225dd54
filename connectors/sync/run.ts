import {
  addCounts,
  asMillraceError,
  type Counts,
  closedRound,
  type ErrorEnvelope,
  type EventSink,
  type Group,
  MillraceError,
  matchesStream,
  millraceError,
  noCounts,
  type Positions,
  type ReadRequest,
  ROUND_LANE,
  type RunFinished,
  type StreamName,
  type StreamRequest,
  type StreamResult,
  streamText,
} from '../contract/index.ts';
import { schemasApart } from './apart.ts';
import { type GroupRun, runGroup } from './group.ts';
import { keptRows } from './kept.ts';
import { Ledger, now } from './ledger.ts';
import type { Pipeline } from './pipeline.ts';
import { Rejects } from './rejects.ts';
import { type ParkedStream, type Resolved, resolvePipeline } from './resolve.ts';
import { passing } from './retry.ts';
import { Slots } from './slots.ts';
import { standingRows } from './standing.ts';
import { requestUnitsPerMiB, Throttle } from './throttle.ts';

export interface RunOptions {
  /** The run's identity, for events and history. */
  readonly run: string;
  readonly emit: EventSink;
  /** Aborted by the first signal: commit what is whole and end. */
  readonly drain: AbortSignal;
  /** Aborted by the second: roll back and end. */
  readonly abort: AbortSignal;
  /** Streams or patterns to keep to. */
  readonly only?: readonly string[];
  /** `only` means one stream: a name that several have is refused. */
  readonly one?: true;
  /** Changes are followed until `drain`; what is not read as changes is done once. */
  readonly follow?: true;
  /** Streams or patterns whose targets may be changed by steps that `plan` marks as destructive. */
  readonly acceptDestructive?: readonly string[];
  /** What the run reads is not all of a stream (a `reload` with a condition): nothing is taken for gone. */
  readonly partial?: boolean;
}

/** Runs a pipeline once. Never throws for what fails in it: the terminal event says what happened, and it is returned. */
export async function runPipeline(pipeline: Pipeline, options: RunOptions): Promise<RunFinished> {
  const startedAt = performance.now();
  let ledger: Ledger | undefined;
  let failure: ErrorEnvelope | undefined;
  const stop = AbortSignal.any([options.abort, options.drain]);
  try {
    const resolved = await settling('look at the streams', options, stop, () =>
      resolvePipeline(pipeline, stop, options),
    );
    if (options.follow) requireFollowed(resolved, options.emit);
    ledger = new Ledger(placesOf(resolved), options.emit);
    await runGroups(pipeline, resolved, ledger, options, stop);
  } catch (thrown) {
    if (!stop.aborted || thrown instanceof MillraceError) failure = asMillraceError(thrown).envelope();
  }
  const finished = summary(pipeline, options, ledger?.results() ?? [], failure, startedAt);
  options.emit(finished);
  return finished;
}

async function runGroups(
  pipeline: Pipeline,
  resolved: Resolved,
  ledger: Ledger,
  options: RunOptions,
  stop: AbortSignal,
): Promise<void> {
  const { source, destination, config } = pipeline;
  const { targets } = resolved;
  const streams = placesOf(resolved);
  options.emit({ event: 'started', at: now(), run: options.run, pipeline: pipeline.name, streams });
  for (const { stream, error } of resolved.parked) ledger.status(streamText(stream), 'parked', error.envelope());
  const { identity, groups, request } = await settling('look at the positions', options, stop, async () => {
    const committed = await destination.positions(stop);
    const request = requestOf(pipeline, resolved, committed, ledger, options);
    return {
      request,
      identity: await source.identity(stop),
      groups: await source.groups(request, committed, stop),
    };
  });
  const run: GroupRun = {
    source,
    destination,
    identity,
    ledger,
    emit: options.emit,
    // Lanes that are followed do not end, and none of them may be kept from its turn.
    slots: new Slots(options.follow ? Number.POSITIVE_INFINITY : Math.min(request.parallel, destination.can.lanes)),
    follow: options.follow === true,
    throttle: new Throttle(
      config.throttle,
      requestUnitsPerMiB(source, destination),
      () => source.scannedRequestUnits?.() ?? 0,
    ),
    largeTransactions: config.large_transactions ?? 'split',
    rejects: new Rejects(config.max_rejects ?? 0, options.emit, targets),
    ...(source.acknowledge === undefined ? {} : { acknowledge: source.acknowledge.bind(source) }),
    ...(source.rejected === undefined ? {} : { rejected: source.rejected.bind(source) }),
    again: (streams) => groupAgain(pipeline, request, streams, options.abort),
    drain: options.drain,
    abort: options.abort,
    targets: new Map(targets.map((target) => [streamText(target.source.stream), target])),
    requests: new Map(request.streams.map((one) => [streamText(one.stream), one])),
    generations: new Set(),
    acceptsDestructive: (stream) =>
      (options.acceptDestructive ?? []).some((pattern) => matchesStream(pattern, stream, source.home)),
    complete: options.partial !== true,
  };
  await Promise.all(groups.map((group) => runGroup(group, run)));
  await closeRound(run, options);
}

/** All streams of a run, and where they go. */
function placesOf({ targets, parked }: Resolved): { stream: string; table: string; rows?: number }[] {
  const names = (stream: StreamName, table: StreamName) => ({ stream: streamText(stream), table: streamText(table) });
  return [
    ...parked.map(({ stream, table }) => names(stream, table)),
    ...targets.map(({ source: { stream, rows }, table }) => ({
      ...names(stream, table),
      ...(rows === undefined ? {} : { rows }),
    })),
  ];
}

/**
 * What is asked of the source. A log goes on for all of its streams or for none: its position would pass the changes of one that is left out. One
 * that was never copied begins later; one that is not there has no changes.
 */
function requestOf(
  pipeline: Pipeline,
  { request, targets, parked }: Resolved,
  committed: Positions,
  ledger: Ledger,
  options: RunOptions,
): ReadRequest {
  const standing = standingRows(pipeline, targets, request.streams);
  const kept = keptRows(pipeline, request.streams);
  const isFollowed = ({ stream, read, error }: ParkedStream) =>
    read === 'cdc' && committed.streams.has(streamText(stream)) && !isMissing(error);
  const stuck = pipeline.source.oneLog ? parked.find(isFollowed) : undefined;
  const waits = (one: StreamRequest) => stuck !== undefined && one.mode === 'cdc';
  for (const { stream } of request.streams.filter(waits)) {
    ledger.status(streamText(stream), 'parked', stuck!.error.envelope());
  }
  return {
    ...request,
    streams: request.streams.filter((one) => !waits(one)),
    ...(options.follow ? { follow: true } : {}),
    ...(standing === undefined ? {} : { standing }),
    ...(kept === undefined ? {} : { kept }),
  };
}

function requireFollowed({ request }: Resolved, emit: EventSink): void {
  if (!request.streams.some(({ mode }) => mode === 'cdc')) {
    throw millraceError('config.mode-illegal', 'nothing in the pipeline is read by `cdc`: there is nothing to follow', {
      fix: 'Choose read: cdc for streams of it, or run `millrace sync` on a schedule.',
    });
  }
  const message = 'connections stay open while this runs: a cluster that pauses when nobody is connected stays awake';
  emit({ event: 'notice', at: now(), code: 'stream.awake', message });
}

/** A look before anything moves: what can pass is tried again, and the first wish to stop ends it. */
async function settling<T>(what: string, { emit }: RunOptions, abort: AbortSignal, look: () => Promise<T>): Promise<T> {
  let seen: { readonly value: T } | undefined;
  await passing(what, { emit, abort }, async () => {
    seen = { value: await look() };
  });
  return seen!.value;
}

function isMissing(found: unknown): boolean {
  return found instanceof MillraceError && found.code === 'source.stream-missing';
}

async function groupAgain(
  { source, destination }: Pipeline,
  request: ReadRequest,
  streams: readonly StreamName[],
  signal: AbortSignal,
): Promise<Group> {
  const names = new Set(streams.map(streamText));
  const meant = { ...request, streams: request.streams.filter((one) => names.has(streamText(one.stream))) };
  // A table may be gone meanwhile: the others go on.
  const found = await schemasApart(source, meant, signal);
  const isThere = (_: unknown, i: number) => !isMissing(found[i]);
  const own = { ...meant, streams: meant.streams.filter(isThere) };
  const [group] = await source.groups(own, await destination.positions(signal), signal);
  return group!;
}

/** A run that came to its end with parked streams closes its round: the next run reads the others anew and goes on with these. */
async function closeRound(run: GroupRun, options: RunOptions): Promise<void> {
  if (options.drain.aborted || options.abort.aborted || run.generations.size === 0) return;
  if (!run.ledger.results().some((result) => result.status === 'parked')) return;
  const position = closedRound(Math.max(...run.generations));
  await passing('close the round', options, () => run.destination.setPosition(ROUND_LANE, position, options.abort));
}

function summary(
  pipeline: Pipeline,
  options: RunOptions,
  streams: readonly StreamResult[],
  failure: ErrorEnvelope | undefined,
  startedAt: number,
): RunFinished {
  const parked = streams.find((stream) => stream.status === 'parked');
  const error = failure ?? parked?.error;
  const counts = streams.reduce<Counts>((sum, stream) => addCounts(sum, stream.counts), noCounts);
  const whole = streams.length > 0 && streams.every(({ status }) => status === 'done');
  const stopped = (options.drain.aborted || options.abort.aborted) && !whole;
  return {
    event: 'finished',
    at: now(),
    run: options.run,
    pipeline: pipeline.name,
    status: error !== undefined ? 'failed' : stopped ? 'stopped' : 'ok',
    ...(options.follow ? { followed: true } : {}),
    seconds: (performance.now() - startedAt) / 1000,
    awakeSeconds: {
      source: pipeline.source.awakeSeconds?.() ?? 0,
      destination: pipeline.destination.awakeSeconds?.() ?? 0,
    },
    counts,
    bytes: streams.reduce((sum, stream) => sum + stream.bytes, 0),
    streams,
    ...(error === undefined ? {} : { error }),
  };
}
