import { millraceError } from '../contract/index.ts';

/** Turns the text of a local time into that of the same moment in UTC. Throws `value.malformed` for what is no single moment. */
export type Zone = (local: string) => string;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Zones change at whole quarters of an hour: within one the offset is asked for once. */
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
  return [...near].map((minutes) => shown - minutes * 60_000).filter((utc) => near.size === 1 || shows(utc));
  function shows(utc: number): boolean {
    return utc + offset(utc) * 60_000 === shown;
  }
}

/** Minutes east of UTC at a moment. */
function offsets(name: string): (utc: number) => number {
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(name);
  if (fixed !== null) {
    const minutes = (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === '-' ? -1 : 1);
    return () => minutes;
  }
  const format = zoneFormat(name);
  const known = new Map<number, number>();
  return (utc) => {
    const step = Math.floor(utc / STEP_MS);
    const found = known.get(step);
    if (found !== undefined) return found;
    const minutes = shownOffset(format, step * STEP_MS);
    if (known.size >= KNOWN_STEPS) known.clear();
    known.set(step, minutes);
    return minutes;
  };
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

/** Of a text such as `GMT+05:30`; `GMT` is none. */
function shownOffset(format: Intl.DateTimeFormat, utc: number): number {
  const text = format.formatToParts(utc).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  return hours === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

function malformed(local: string, why: string): Error {
  return millraceError('value.malformed', `The time ${local} ${why}`);
}
