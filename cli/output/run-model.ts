import type { RunEvent, StreamStatus } from '../../connectors/contract/index.ts';

/** What is known of one stream of a run, from events alone. */
export interface StreamModel {
  readonly stream: string;
  readonly table: string;
  /** The source's estimate of all rows. */
  readonly estimate: number | undefined;
  status: StreamStatus;
  /** Rows and bytes read in this run. */
  rows: number;
  bytes: number;
  /** What it waits for, as the engine says. */
  waits: string | undefined;
  /** Changes that are followed: how old the newest one was when it was committed, in seconds; how many are still to come; whether none is. */
  lag: number | undefined;
  behind: number | undefined;
  caughtUp: boolean;
  /** When it began to read and when it ended, in milliseconds of the caller's clock. */
  since: number | undefined;
  until: number | undefined;
  error: string | undefined;
  /** Rows at moments of the last seconds, oldest first: the rate is that of now, not of the whole run. */
  marks: { readonly at: number; readonly rows: number }[];
}

/** A run as the terminal draws it: a fold of its events. */
export interface RunModel {
  run: string;
  pipeline: string;
  readonly streams: Map<string, StreamModel>;
  rejected: number;
}

export function emptyRun(): RunModel {
  return { run: '', pipeline: '', streams: new Map(), rejected: 0 };
}

/** How often rows are noted for the rate, and over what time. */
const MARK_MS = 500;
const WINDOW_MS = 6000;

const ENDED: ReadonlySet<StreamStatus> = new Set(['done', 'parked', 'stopped']);

/** Takes an event in. `now` is in milliseconds. */
export function applyEvent(model: RunModel, event: RunEvent, now: number): void {
  if (event.event === 'started') {
    model.run = event.run;
    model.pipeline = event.pipeline;
    for (const { stream, table, rows } of event.streams) model.streams.set(stream, waiting(stream, table, rows));
  } else if (event.event === 'stream') applyStatus(model.streams.get(event.stream), event, now);
  else if (event.event === 'progress') applyProgress(model.streams.get(event.stream), event, now);
  else if (event.event === 'committed') applyCommit(model, event);
  else if (event.event === 'rejected') model.rejected++;
}

function waiting(stream: string, table: string, estimate: number | undefined): StreamModel {
  const none = { waits: undefined, since: undefined, until: undefined, error: undefined, marks: [] };
  const followed = { lag: undefined, behind: undefined, caughtUp: false };
  return { stream, table, estimate, status: 'waiting', rows: 0, bytes: 0, ...none, ...followed };
}

function applyCommit({ streams }: RunModel, event: Extract<RunEvent, { event: 'committed' }>): void {
  if (event.changedAt === undefined) return;
  const lag = Math.max(0, (Date.parse(event.at) - Date.parse(event.changedAt)) / 1000);
  for (const name of event.streams) {
    const stream = streams.get(name);
    if (stream !== undefined) Object.assign(stream, { lag, behind: event.behind });
  }
}

function applyStatus(
  stream: StreamModel | undefined,
  event: Extract<RunEvent, { event: 'stream' }>,
  now: number,
): void {
  if (stream === undefined) return;
  stream.status = event.status;
  stream.error = event.error?.message;
  stream.waits = undefined;
  if (event.status !== 'waiting') stream.since ??= now;
  if (ENDED.has(event.status)) stream.until = now;
}

function applyProgress(
  stream: StreamModel | undefined,
  event: Extract<RunEvent, { event: 'progress' }>,
  now: number,
): void {
  if (stream === undefined) return;
  stream.rows = event.rows;
  stream.bytes = event.bytes;
  stream.waits = event.waits;
  stream.caughtUp = event.caughtUp === true;
  stream.since ??= now;
  if (now - (stream.marks.at(-1)?.at ?? -Infinity) < MARK_MS) return;
  stream.marks.push({ at: now, rows: event.rows });
  while (stream.marks.length > WINDOW_MS / MARK_MS) stream.marks.shift();
}

/** Rows a second: over the last seconds while it runs, over all its time when it has ended. */
export function streamRate(stream: StreamModel, now: number): number {
  const first = stream.marks[0];
  if (stream.until !== undefined || first === undefined || now - first.at < MARK_MS) {
    const seconds = streamSeconds(stream, now);
    return seconds === 0 ? 0 : stream.rows / seconds;
  }
  return (stream.rows - first.rows) / ((now - first.at) / 1000);
}

/** Seconds that a stream has been at it. */
export function streamSeconds(stream: StreamModel, now: number): number {
  return stream.since === undefined ? 0 : ((stream.until ?? now) - stream.since) / 1000;
}
