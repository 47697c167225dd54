import { type CivilDay, dayOfYear, isoWeek, ordinalOf, pad, weekday } from './calendar.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** A day, and what is known of the time of day. */
export interface Moment extends CivilDay {
  readonly hour?: number;
  readonly minute?: number;
  readonly second?: number;
  readonly microsecond?: number;
  /** `+0100` or nothing. */
  readonly offsetText?: string;
  readonly zoneName?: string;
}

/** `strftime`, in English. What is no directive stays as it is. */
export function strftime(moment: Moment, format: string): string {
  return format.replace(/%(-?[A-Za-z%])/g, (whole: string, directive: string) => {
    if (directive.startsWith('-')) return field(moment, directive[1]!)?.replace(/^0+(?=\d)/, '') ?? whole;
    return field(moment, directive) ?? whole;
  });
}

function field(moment: Moment, directive: string): string | undefined {
  return dayField(moment, directive) ?? timeField(moment, directive);
}

function dayField(moment: Moment, directive: string): string | undefined {
  const { year, month, day } = moment;
  const of = weekday(ordinalOf(moment));
  switch (directive) {
    case 'Y':
      return String(year);
    case 'C':
      return pad(Math.floor(year / 100), 2);
    case 'y':
      return pad(year % 100, 2);
    case 'm':
      return pad(month, 2);
    case 'd':
      return pad(day, 2);
    case 'e':
      return String(day).padStart(2, ' ');
    case 'a':
      return DAYS[of]!.slice(0, 3);
    case 'A':
      return DAYS[of]!;
    case 'b':
    case 'h':
      return MONTHS[month - 1]!.slice(0, 3);
    case 'B':
      return MONTHS[month - 1]!;
    case 'j':
      return pad(dayOfYear(moment), 3);
    case 'w':
      return String((of + 1) % 7);
    case 'u':
      return String(of + 1);
    case 'G':
      return pad(isoWeek(moment)[0], 4);
    case 'V':
      return pad(isoWeek(moment)[1], 2);
    case 'U':
      return pad(Math.floor((dayOfYear(moment) + 6 - ((of + 1) % 7)) / 7), 2);
    case 'W':
      return pad(Math.floor((dayOfYear(moment) + 6 - of) / 7), 2);
    case 'F':
      return strftime(moment, '%Y-%m-%d');
    case 'D':
    case 'x':
      return strftime(moment, '%m/%d/%y');
    default:
      return undefined;
  }
}

function timeField(moment: Moment, directive: string): string | undefined {
  const { hour = 0, minute = 0, second = 0, microsecond = 0 } = moment;
  switch (directive) {
    case 'H':
      return pad(hour, 2);
    case 'I':
      return pad(((hour + 11) % 12) + 1, 2);
    case 'p':
      return hour < 12 ? 'AM' : 'PM';
    case 'M':
      return pad(minute, 2);
    case 'S':
      return pad(second, 2);
    case 'f':
      return pad(microsecond, 6);
    case 'z':
      return moment.offsetText ?? '';
    case 'Z':
      return moment.zoneName ?? '';
    case 'T':
    case 'X':
      return strftime(moment, '%H:%M:%S');
    case 'R':
      return strftime(moment, '%H:%M');
    case 'c':
      return strftime(moment, '%a %b %e %H:%M:%S %Y');
    case '%':
      return '%';
    default:
      return undefined;
  }
}
