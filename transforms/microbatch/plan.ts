import { millraceError } from '../../connectors/contract/index.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { Moment } from '../project/value.ts';
import { ConfigReader } from '../run/config-read.ts';
import { type BatchSize, batchCeiling, batchesOf, batchSizes, batchStart, momentOf, type Span } from './span.ts';

export interface MicrobatchConfig {
  /** The column by which a row belongs to a batch. */
  readonly eventTime: string;
  readonly size: BatchSize;
  /** Where the first build begins. */
  readonly begin: Date;
  /** Batches before the last one that are made anew each time. */
  readonly lookback: number;
}

/** @throws MillraceError `model.invalid` for what is missing or wrong */
export function microbatchConfig(node: ManifestNode): MicrobatchConfig {
  const config = new ConfigReader(node);
  const eventTime = config.text('event_time');
  if (eventTime === undefined) throw config.wrong('event_time', 'the column that tells the batch of a row');
  if (config.value('batch_size') === undefined) throw config.wrong('batch_size', `one of ${batchSizes.join(', ')}`);
  if ((config.names('unique_key') ?? []).length > 0) {
    throw millraceError(
      'model.invalid',
      `${node.name} is of microbatches and has a \`unique_key\`, which would mean nothing`,
      {
        at: node.original_file_path,
        fix: 'Leave it out: a batch replaces the rows of its span. For rows that meet by a key use `merge`.',
      },
    );
  }
  return {
    eventTime,
    size: config.word('batch_size', batchSizes, 'day'),
    begin: beginOf(config),
    lookback: config.count('lookback') ?? 1,
  };
}

function beginOf(config: ConfigReader): Date {
  const said = config.value('begin');
  const text = said instanceof Moment ? said.text : said;
  const begin = typeof text === 'string' ? momentOf(text) : undefined;
  if (begin === undefined) throw config.wrong('begin', 'a moment as `2026-01-31` or `2026-01-31 12:00:00`');
  return begin;
}

export interface BatchRequest {
  /** The table is there, and this is no full refresh. */
  readonly incremental: boolean;
  /** `--event-time-start` and `--event-time-end`. */
  readonly asked?: Span;
  /** Where nothing is asked for, batches end with the one that this moment is in. */
  readonly now: Date;
}

/** The batches that a run makes: all since `begin` at first, later the last one with those of `lookback`, or those that are asked for. */
export function planBatches(
  { size, begin, lookback }: MicrobatchConfig,
  { incremental, asked, now }: BatchRequest,
): Span[] {
  const end = batchCeiling(asked?.end ?? now, size);
  if (asked !== undefined) return batchesOf({ start: batchStart(asked.start, size), end }, size);
  if (!incremental) return batchesOf({ start: batchStart(begin, size), end }, size);
  // The end is the beginning of the next batch: one more back is the last one.
  return batchesOf({ start: batchStart(end, size, -(lookback + 1)), end }, size);
}
