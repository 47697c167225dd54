/** A TiDB timestamp: milliseconds since 1970 in the upper bits, a counter in the lower 18. */
export type Tso = bigint;

const COUNTER_BITS = 18n;

/** When a TSO was given out, in milliseconds since 1970. */
export function tsoMillis(tso: Tso): number {
  return Number(tso >> COUNTER_BITS);
}

/** The first TSO of the millisecond so many milliseconds earlier. */
export function tsoBefore(tso: Tso, millis: number): Tso {
  return ((tso >> COUNTER_BITS) - BigInt(millis)) << COUNTER_BITS;
}

/** A duration as Go writes it, e.g. `10m0s` or `1h30m0s`, in milliseconds. NaN where it is none. */
export function goDuration(text: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return Number.NaN;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit!]!, 0);
}
