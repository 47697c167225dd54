/** What one run of a program took. CPU is of the program and all that it started; memory is the peak of all of it. */
export interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMib: number;
}

/** One line of the table: what was measured of one subject in one case. */
export interface Result {
  readonly case: string;
  /** `millrace`, a ceiling or another tool. */
  readonly subject: string;
  readonly rows?: number;
  readonly samples: readonly Sample[];
  readonly checks?: readonly Check[];
  /** What stands in the target afterwards, where somebody looked: `equal`, or what differs. */
  readonly arrived?: string;
}

/** A figure that is held against what it should be. */
export interface Check {
  readonly what: string;
  readonly value: number;
  /** The figure must be at least (or at most) this. */
  readonly least?: number;
  readonly most?: number;
  readonly goal?: number;
  /** A miss up to here is known, and docs/benchmarks.md says why: it is shown, and does not fail the run. */
  readonly tolerated?: number;
}

/** A case that could not be measured here, and why. */
export interface Skipped {
  readonly case: string;
  readonly why: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function medianSeconds(samples: readonly Sample[]): number {
  return median(samples.map(({ seconds }) => seconds));
}

export function passed({ value, least, most }: Check): boolean {
  return value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
}

/** Whether the figure fails the run. */
export function failed({ tolerated, ...check }: Check): boolean {
  if (tolerated === undefined) return !passed(check);
  return !passed(check.least === undefined ? { ...check, most: tolerated } : { ...check, least: tolerated });
}
