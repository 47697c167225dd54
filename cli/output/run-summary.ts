import { addCounts, type ErrorEnvelope, type RunFinished, type StreamResult } from '../../connectors/contract/index.ts';
import { paint, type Terminal } from '../terminal.ts';
import { errorText } from './error.ts';
import { formatBytes, formatCount, formatDuration, formatRate, plural, printable } from './format.ts';

/** What a run came to, in a few lines; errors of streams that were parked are part of it. */
export function runSummary(terminal: Terminal, finished: RunFinished): string {
  const { streams, error, status } = finished;
  const errors = distinct([
    ...streams.flatMap((stream) => (stream.error === undefined ? [] : [stream.error])),
    ...(error === undefined ? [] : [error]),
  ]);
  const word = {
    ok: paint(terminal, 'green', 'ok'),
    failed: paint(terminal, 'red', 'failed'),
    stopped: paint(terminal, 'yellow', 'stopped'),
  }[status];
  const head = `${word}  ${printable(finished.pipeline)}: ${amounts(finished)}`;
  return [head, ...details(finished), ...errors.map((each) => errorText(terminal, each))].join('\n');
}

function amounts({ streams, counts, bytes, seconds, followed, status }: RunFinished): string {
  if (streams.length === 0 && status !== 'ok') return `nothing was moved, after ${formatDuration(seconds)}`;
  const done = streams.filter(({ status }) => status === 'done').length;
  const whole = followed || done === streams.length;
  const tables = whole ? plural(streams.length, 'table') : `${done} of ${plural(streams.length, 'table')}`;
  return `${tables}, ${plural(counts.written, 'row')}, ${formatBytes(bytes)} in ${formatDuration(seconds)} (${formatRate(counts.written, seconds)})`;
}

function details({ counts, awakeSeconds, streams, status }: RunFinished): string[] {
  const { superseded, alreadyApplied, rejected } = counts;
  const besides = [
    [superseded, 'superseded'],
    [alreadyApplied, 'already applied'],
    [rejected, 'rejected'],
  ] as const;
  const rest = besides.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
  const parked = streams.filter((stream) => stream.status === 'parked').map(({ stream }) => printable(stream));
  return [
    ...(rest.length === 0
      ? []
      : [`    ${plural(counts.read, 'row')} read: ${formatCount(counts.written)} written, ${rest.join(', ')}`]),
    ...(parked.length === 0 ? [] : [`    parked: ${parked.join(', ')}`]),
    ...(status === 'stopped' ? ['    Stopped on request; the next run goes on from the last commit.'] : []),
    ...awakeText(awakeSeconds),
  ];
}

/** Files are not awake: nothing is said of them. */
function awakeText({ source, destination }: RunFinished['awakeSeconds']): string[] {
  if (source === 0 && destination === 0) return [];
  return [`    awake: source ${formatDuration(source)}, destination ${formatDuration(destination)}`];
}

function distinct(errors: readonly ErrorEnvelope[]): ErrorEnvelope[] {
  return [...new Map(errors.map((error) => [`${error.code} ${error.at} ${error.message}`, error])).values()];
}

/** Several runs of one command as one terminal event. A single one stays as it is. */
export function mergeFinished(runs: readonly RunFinished[]): RunFinished {
  const [first] = runs;
  if (first === undefined) throw new Error('no run to report');
  return runs.slice(1).reduce(merge, first);
}

function merge(a: RunFinished, b: RunFinished): RunFinished {
  const rank = { ok: 0, stopped: 1, failed: 2 } as const;
  const error = a.error ?? b.error;
  const streams: StreamResult[] = [...a.streams, ...b.streams];
  return {
    ...b,
    run: a.run,
    pipeline: `${a.pipeline}, ${b.pipeline}`,
    status: rank[a.status] >= rank[b.status] ? a.status : b.status,
    seconds: a.seconds + b.seconds,
    awakeSeconds: {
      source: a.awakeSeconds.source + b.awakeSeconds.source,
      destination: a.awakeSeconds.destination + b.awakeSeconds.destination,
    },
    counts: addCounts(a.counts, b.counts),
    bytes: a.bytes + b.bytes,
    streams,
    ...(error === undefined ? {} : { error }),
  };
}
