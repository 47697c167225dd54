/** How long a batch is. */
export const batchSizes = ['hour', 'day', 'month', 'year'] as const;
export type BatchSize = (typeof batchSizes)[number];

/** From a moment on, up to another that is not of it. Both in UTC. */
export interface Span {
  readonly start: Date;
  readonly end: Date;
}

const MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(?:(Z)|([-+])(\d\d):?(\d\d))?$/;

/** `2026-01-31`, `2026-01-31 12:00:00`, with an offset or in UTC; undefined for anything else. Fractions of seconds do not count. */
export function momentOf(text: string): Date | undefined {
  const found = MOMENT.exec(text.trim());
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const sign = found[8] === '-' ? -1 : 1;
  const offset = sign * (Number(found[9] ?? 0) * 60 + Number(found[10] ?? 0));
  const local = new Date(Date.UTC(year!, month! - 1, day!, hour, minute, second));
  if (local.getUTCMonth() !== month! - 1 || local.getUTCDate() !== day || hour! > 23 || minute! > 59) return undefined;
  return new Date(local.getTime() - offset * 60_000);
}

/** The beginning of the batch that is so many batches after the one that the moment is in. */
export function batchStart(moment: Date, size: BatchSize, offset = 0): Date {
  const [year, month, day, hour] = [
    moment.getUTCFullYear(),
    moment.getUTCMonth(),
    moment.getUTCDate(),
    moment.getUTCHours(),
  ];
  switch (size) {
    case 'hour':
      return new Date(Date.UTC(year, month, day, hour + offset));
    case 'day':
      return new Date(Date.UTC(year, month, day + offset));
    case 'month':
      return new Date(Date.UTC(year, month + offset, 1));
    case 'year':
      return new Date(Date.UTC(year + offset, 0, 1));
  }
}

/** The first beginning of a batch that is not before the moment. */
export function batchCeiling(moment: Date, size: BatchSize): Date {
  const start = batchStart(moment, size);
  return start.getTime() === moment.getTime() ? start : batchStart(moment, size, 1);
}

/** A span cut into batches; the last one ends where it ends. */
export function batchesOf({ start, end }: Span, size: BatchSize): Span[] {
  const batches: Span[] = [];
  for (let from = start; from < end || batches.length === 0; ) {
    const next = batchStart(from, size, 1);
    batches.push({ start: from, end: next < end ? next : end });
    from = next;
  }
  return batches;
}

/** `2026-01-31`, and of other sizes `2026-01-31T12`, `2026-01`, `2026`: what people and files call a batch. */
export function batchName({ start }: Span, size: BatchSize): string {
  return start.toISOString().slice(0, { hour: 13, day: 10, month: 7, year: 4 }[size]);
}

/** As Python prints it: `2026-01-31 12:00:00+00:00`; `T` between where JSON holds it. */
export function momentText(moment: Date, between = ' '): string {
  return `${moment.toISOString().slice(0, 19).replace('T', between)}+00:00`;
}

/** As SQL: MySQL's family has moments without an offset, in UTC. */
export function momentSql(moment: Date, isDuckdb: boolean): string {
  const text = momentText(moment);
  return `'${isDuckdb ? text : text.slice(0, 19)}'`;
}
