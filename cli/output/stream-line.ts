import { paint, type Terminal, type Tone } from '../terminal.ts';
import { clip, formatBytes, formatCount, formatDuration, formatRounded, pad, printable } from './format.ts';
import { type StreamModel, streamRate, streamSeconds } from './run-model.ts';

const BAR = 12;

/** One stream of a run as a line: name, how far, rows, rate, bytes, and what it does or waits for. `bar` widens it by a bar. */
export function streamLine(
  terminal: Terminal,
  stream: StreamModel,
  nameWidth: number,
  now: number,
  bar = false,
): string {
  const name = pad(clip(printable(stream.stream), nameWidth), nameWidth);
  const parts = [
    stream.status === 'waiting' ? paint(terminal, 'dim', name) : name,
    ...(bar ? [pad(barText(stream), BAR + 5)] : []),
    pad(amountText(stream), 18),
    pad(rateText(stream, now), 9),
    pad(stream.bytes === 0 ? '' : formatBytes(stream.bytes), 8),
    stateText(terminal, stream, now),
  ];
  return parts.join('  ');
}

/** `########----  62 %`; '' where there is no estimate. */
function barText({ status, rows, estimate }: StreamModel): string {
  if (estimate === undefined || estimate <= 0 || (status !== 'reading' && status !== 'finishing')) return '';
  const share = Math.min(rows / estimate, 0.99);
  const full = Math.round(share * BAR);
  return `${'#'.repeat(full)}${'-'.repeat(BAR - full)} ${String(Math.floor(share * 100)).padStart(2)} %`;
}

function amountText({ status, rows, estimate }: StreamModel): string {
  if (status === 'done') return formatCount(rows);
  if (status === 'waiting') return estimate === undefined ? '' : `~${formatRounded(estimate)}`;
  return estimate === undefined ? formatRounded(rows) : `${formatRounded(rows)} of ~${formatRounded(estimate)}`;
}

function rateText(stream: StreamModel, now: number): string {
  const rate = streamRate(stream, now);
  return rate === 0 ? '' : `${formatRounded(rate)}/s`;
}

const TONES: Readonly<Record<StreamModel['status'], Tone>> = {
  waiting: 'dim',
  reading: 'cyan',
  finishing: 'cyan',
  done: 'green',
  parked: 'red',
  stopped: 'yellow',
};

function stateText(terminal: Terminal, stream: StreamModel, now: number): string {
  const { status, waits, error, caughtUp } = stream;
  if (status === 'done') return `${paint(terminal, 'green', 'done')} in ${formatDuration(streamSeconds(stream, now))}`;
  if (waits !== undefined && !caughtUp) return paint(terminal, 'yellow', `waits: ${printable(waits)}`);
  const why = error === undefined ? '' : `: ${printable(error)}`;
  const word =
    status === 'reading' && caughtUp ? paint(terminal, 'green', 'up to date') : paint(terminal, TONES[status], status);
  return `${word}${lagText(stream)}${why}`;
}

/** `, lag 1.4 s, 2 113 to come`; '' where nothing is followed. */
function lagText({ status, lag, behind, caughtUp }: StreamModel): string {
  if (status !== 'reading' || lag === undefined) return '';
  const left = caughtUp || behind === undefined ? '' : `, ${formatCount(behind)} to come`;
  return `, lag ${formatDuration(lag)}${left}`;
}
