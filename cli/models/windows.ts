import { millraceError } from '../../connectors/contract/index.ts';
import { batchSizes, batchStart, momentOf, type Span } from '../../transforms/microbatch/span.ts';
import { textOf } from '../../transforms/project/python-text.ts';
import type { Options } from '../command.ts';
import { mapOfYaml } from './opening.ts';

/** `--event-time-start` with `--event-time-end`. @throws MillraceError `project.invalid` */
export function askedSpan({ eventTimeStart: start, eventTimeEnd: end }: Options): Span | undefined {
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined)
    throw wrong('--event-time-start', '`--event-time-start` and `--event-time-end` belong together', 'Give both.');
  return spanOf([start, '--event-time-start'], [end, '--event-time-end']);
}

const RELATIVE = /^\s*(\d+)\s+(\w+?)s?\s*$/;

/** `--sample`: `3 days` up to now, or a map of `start` and `end`. @throws MillraceError `project.invalid` */
export function sampleSpan({ sample }: Options, now: Date): Span | undefined {
  if (sample === undefined) return undefined;
  const [, count, unit] = RELATIVE.exec(sample) ?? [];
  const size = batchSizes.find((known) => known === unit?.toLowerCase());
  if (size !== undefined) return { start: batchStart(now, size, -Number(count)), end: now };
  if (count !== undefined || !sample.trim().startsWith('{')) {
    throw wrong(
      '--sample',
      `\`--sample ${sample}\` is no window of time`,
      "Write it as `--sample '3 days'` or `--sample '{start: 2026-01-01, end: 2026-02-01}'`.",
    );
  }
  const map = mapOfYaml(sample, '--sample');
  const [start, end] = ['start', 'end'].map((key) => textOf(map.get(key) ?? null));
  return spanOf([start!, '--sample'], [end!, '--sample']);
}

function spanOf([from, fromOption]: readonly [string, string], [to, toOption]: readonly [string, string]): Span {
  const [start, end] = [momentFor(from, fromOption), momentFor(to, toOption)];
  if (start < end) return { start, end };
  throw wrong(fromOption, `the window from ${from} to ${to} holds no time`, 'Let it begin before it ends.');
}

function momentFor(text: string, option: string): Date {
  const moment = momentOf(text);
  if (moment !== undefined) return moment;
  throw wrong(option, `\`${option}\` is ${text}, which is no moment`, 'Write it as 2026-01-31 or 2026-01-31T12:00:00.');
}

function wrong(at: string, message: string, fix: string): Error {
  return millraceError('project.invalid', message, { at, fix });
}
