import { millraceError } from '../contract/index.ts';

/** Turns the text of a local time into that of the same moment in UTC. Throws `value.malformed` for what is no single moment. */
export type Zone = (local: string) => string;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Where the offset is the same at both ends of a quarter of an hour, it is asked for once. */
const STEP_MS = HOUR_MS / 4;
/** Offsets that are remembered: about a year. */
const KNOWN_STEPS = 40_000;

const timeForm = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d{1,6})?$/;

/** The zone of a name such as `Europe/Berlin`, `UTC` or `+08:00`. Throws `config.invalid`. */
export function namedZone(name: string): Zone {
  if (/^(?:UTC|Etc\/UTC|[+-]00:00)$/.test(name)) return (local) => local;
  const offset = offsets(name);
  return (local) => {
    const parts = timeForm.exec(local);
    if (parts === null) throw malformed(local, 'is not the text of a time');
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    // The zero date is the same everywhere.
    if (year === 0 && month === 0 && day === 0) return local;
    const shown = Date.UTC(year, month - 1, day, hour, minute, second);
    const [utc, other] = moments(shown, offset);
    if (utc === undefined) throw malformed(local, `does not exist in ${name}: clocks were put forward over it`);
    if (other !== undefined) throw malformed(local, `is two moments in ${name}: clocks were put back over it`);
    return `${new Date(utc).toISOString().slice(0, 19).replace('T', ' ')}${parts[7] ?? ''}`;
  };
}

/** The moments at which clocks show this: one, or two or none where clocks are changed. */
function moments(shown: number, offset: (utc: number) => number): number[] {
  const near = new Set([offset(shown - DAY_MS), offset(shown + DAY_MS)]);
  return [...near].map((seconds) => shown - seconds * 1000).filter((utc) => near.size === 1 || shows(utc));
  function shows(utc: number): boolean {
    return utc + offset(utc) * 1000 === shown;
  }
}

/** Seconds east of UTC at a moment. */
function offsets(name: string): (utc: number) => number {
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(name);
  if (fixed !== null) {
    const seconds = (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === '-' ? -60 : 60);
    return () => seconds;
  }
  const format = zoneFormat(name);
  const known = new Map<number, number | undefined>();
  return (utc) => {
    const step = Math.floor(utc / STEP_MS);
    if (!known.has(step)) {
      if (known.size >= KNOWN_STEPS) known.clear();
      known.set(step, steadyOffset(format, step * STEP_MS));
    }
    return known.get(step) ?? shownOffset(format, utc);
  };
}

/** That of a whole step; undefined where clocks are changed within it, as at 00:01 in St. John's until 2011. */
function steadyOffset(format: Intl.DateTimeFormat, start: number): number | undefined {
  const seconds = shownOffset(format, start);
  return seconds === shownOffset(format, start + STEP_MS) ? seconds : undefined;
}

function zoneFormat(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (cause) {
    throw millraceError('config.invalid', `there is no time zone ${name}`, {
      at: 'timestamp_zone',
      fix: 'Name one such as Europe/Berlin, UTC or +08:00.',
      cause,
    });
  }
}

/** Of a text such as `GMT+05:30`, or `GMT-00:44:30` as in Monrovia until 1972; `GMT` is none. */
function shownOffset(format: Intl.DateTimeFormat, utc: number): number {
  const text = format.formatToParts(utc).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds = 0] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? [];
  if (hours === undefined) return 0;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * (sign === '-' ? -1 : 1);
}

function malformed(local: string, why: string): Error {
  return millraceError('value.malformed', `The time ${local} ${why}`);
}
