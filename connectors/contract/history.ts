import type { Finding } from './finding.ts';

/** How far what was read last is from being gone at the source. */
export interface HistoryAge {
  /** What is kept, e.g. `the log at 127.0.0.1:3306`. */
  readonly what: string;
  /** Milliseconds that the source keeps it; infinite where nothing is taken away for its age. */
  readonly keptMs: number;
  /** When the position was committed: all that came later is younger. Absent: nothing was committed yet. */
  readonly committedAt?: Date | undefined;
  /** How to have it kept longer. */
  readonly fix: string;
  readonly at?: string;
}

/** From this part of the time on a warning is due: the next run may come as late as the last one did. */
const DUE = 0.5;

/** What there is to say of a history that goes by its age; a warning with the time by which the pipeline has to run again. */
export function historyFinding({ what, keptMs, committedAt, fix, at }: HistoryAge, now = Date.now()): Finding {
  const common = { code: 'cdc.retention', side: 'source', ...(at === undefined ? {} : { at }) } as const;
  const kept = keptMs === Number.POSITIVE_INFINITY ? 'is not taken away for its age' : `is kept for ${span(keptMs)}`;
  if (committedAt === undefined || keptMs === Number.POSITIVE_INFINITY) {
    return { ...common, severity: 'ok', message: `${what} ${kept}` };
  }
  const age = Math.max(0, now - committedAt.getTime());
  const last = `${what} ${kept}, and the pipeline went on ${span(age)} ago`;
  const until = new Date(committedAt.getTime() + keptMs).toISOString();
  if (age < keptMs * DUE) return { ...common, severity: 'ok', message: `${last}: it can go on until ${until}` };
  const message =
    age < keptMs
      ? `${last}: after ${until} it may not be able to go on`
      : `${last}: what comes next may be gone since ${until}`;
  return { ...common, severity: 'warning', message, fix };
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** In its largest unit, e.g. `2.5 h`. */
function span(ms: number): string {
  const [unit, size] = units.find(([, one]) => ms >= one) ?? units.at(-1)!;
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}
