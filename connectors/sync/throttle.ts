import { setTimeout as sleep } from 'node:timers/promises';
import { type Destination, millraceError, type ReadRequest, type Source } from '../contract/index.ts';
import type { PipelineConfig } from './config.ts';

const MIB = 1024 * 1024;
/** How much a throttled run reads at once, as the seconds that it takes to move it. */
const PACE_SECONDS = 5;

/** What is asked of a source that is read under these limits. */
export function paceOf(limits: PipelineConfig['throttle']): Pick<ReadRequest, 'pace'> {
  const [rows, bytes] = [limits?.rows_per_second, limits?.bytes_per_second];
  if (rows === undefined && bytes === undefined) return {};
  return {
    pace: {
      ...(rows === undefined ? {} : { rows: Math.ceil(rows * PACE_SECONDS) }),
      ...(bytes === undefined ? {} : { bytes: Math.ceil(bytes * PACE_SECONDS) }),
    },
  };
}

/** A transaction is not left open for longer than this while a run is held back: services cut connections on which nothing happens. */
const LONG_WAIT_MS = 2000;

/** A rate held over the whole run: `take` waits until the run's average is below it, or until `drain`: then little more is to come. */
class Rate {
  readonly #perSecond: number;
  #next = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Milliseconds that the next `take` would wait. */
  get waitMs(): number {
    return Math.max(0, this.#next - performance.now());
  }

  async take(amount: number, drain: AbortSignal, abort: AbortSignal): Promise<void> {
    const now = performance.now();
    const start = Math.max(this.#next, now);
    this.#next = start + (amount / this.#perSecond) * 1000;
    if (start <= now || drain.aborted) return;
    await sleep(start - now, undefined, { signal: AbortSignal.any([drain, abort]) }).catch(() =>
      abort.throwIfAborted(),
    );
  }
}

/** Request units that a MiB moved by this pair costs, read and write together; 0 where nothing is billed so. */
export function requestUnitsPerMiB(source: Source, destination: Destination): number {
  return (source.requestUnitsPerMiB ?? 0) + (destination.can.requestUnitsPerMiB ?? 0);
}

/** Holds a run to its limits. Waiting here is back-pressure: nothing is read ahead beyond the usual. */
export class Throttle {
  readonly #rates: { readonly rate: Rate; readonly of: 'rows' | 'bytes' }[] = [];
  readonly #maxRu: number | undefined;
  readonly #ruPerMiB: number;
  readonly #scanned: () => number;
  #bytes = 0;

  /** `scanned`: request units used so far for rows that were read but not moved. */
  constructor(limits: PipelineConfig['throttle'], ruPerMiB: number, scanned: () => number = () => 0) {
    if (limits?.rows_per_second !== undefined) this.#rates.push({ rate: new Rate(limits.rows_per_second), of: 'rows' });
    if (limits?.bytes_per_second !== undefined) {
      this.#rates.push({ rate: new Rate(limits.bytes_per_second), of: 'bytes' });
    }
    this.#maxRu = limits?.max_ru;
    this.#ruPerMiB = ruPerMiB;
    this.#scanned = scanned;
  }

  /** Request units used so far, by estimate. */
  get requestUnits(): number {
    return this.#moved + this.#scanned();
  }

  get #moved(): number {
    return (this.#bytes / MIB) * this.#ruPerMiB;
  }

  /** The source has read so much without moving it that the run ends at the next checkpoint. */
  get scannedOut(): boolean {
    return this.#scanned() > 0 && this.exhausted;
  }

  /** The run may move no more. */
  get exhausted(): boolean {
    return this.#maxRu !== undefined && this.requestUnits >= this.#maxRu;
  }

  /** Throws `throttle.request-units` when the run may not go on. */
  requireLeft(): void {
    if (!this.exhausted) return;
    const used = Math.round(this.requestUnits);
    throw millraceError('throttle.request-units', `about ${used} request units used, ${this.#maxRu} allowed`);
  }

  /** Whether the next `take` waits so long that nothing may be left open meanwhile. */
  get slow(): boolean {
    return this.#rates.some(({ rate }) => rate.waitMs > LONG_WAIT_MS);
  }

  /** Waits as long as the limits say; throws `throttle.request-units` when what was moved alone is too much: see `scannedOut`. */
  async take(rows: number, bytes: number, drain: AbortSignal, abort: AbortSignal): Promise<void> {
    if (this.#maxRu !== undefined && this.#moved >= this.#maxRu) this.requireLeft();
    this.#bytes += bytes;
    for (const { rate, of } of this.#rates) await rate.take(of === 'rows' ? rows : bytes, drain, abort);
  }
}
