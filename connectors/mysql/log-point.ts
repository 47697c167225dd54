import { type Gtid, GtidSet } from './gtid.ts';

/** A place between two transactions of a log: the transactions before it by their GTIDs, or a file and the byte where the next one begins. */
export type LogPoint = { readonly gtid: string } | { readonly file: string; readonly at: number };

/** A transaction, or an event of one: its GTID where the server gives any, and where it ends. */
export interface LogMark {
  readonly gtid?: Gtid | undefined;
  readonly file: string;
  readonly at: number;
}

/** What of a log was passed so far. */
export interface Passed {
  /** A transaction has ended. */
  add(mark: LogMark): void;
  /** Whether everything before the point was passed. */
  includes(point: LogPoint): boolean;
  point(): LogPoint;
}

export function passedAt(point: LogPoint): Passed {
  return 'gtid' in point ? passedSet(point.gtid) : passedPlace(point);
}

/** Tells whether a transaction or event lies before the point. */
export function beforeTest(point: LogPoint): (mark: LogMark) => boolean {
  if (!('gtid' in point)) return (mark) => comparePlaces(mark, point) <= 0;
  const set = GtidSet.parse(point.gtid);
  return ({ gtid }) => gtid !== undefined && set.has(gtid);
}

function passedSet(text: string): Passed {
  const set = GtidSet.parse(text);
  let asked: { readonly point: LogPoint; readonly set: GtidSet } | undefined;
  return {
    add: ({ gtid }) => {
      if (gtid !== undefined) set.add(gtid);
    },
    includes: (point) => {
      if (!('gtid' in point)) return false;
      if (asked?.point !== point) asked = { point, set: GtidSet.parse(point.gtid) };
      return set.includes(asked.set);
    },
    point: () => ({ gtid: set.toString() }),
  };
}

function passedPlace(start: { readonly file: string; readonly at: number }): Passed {
  let place = start;
  return {
    add: ({ file, at }) => {
      place = { file, at };
    },
    includes: (point) => 'file' in point && comparePlaces(point, place) <= 0,
    point: () => place,
  };
}

type Place = { readonly file: string; readonly at: number };

/** Files are numbered: `binlog.999999` comes before `binlog.1000000`. */
function comparePlaces(a: Place, b: Place): number {
  return fileNumber(a.file) - fileNumber(b.file) || a.at - b.at;
}

function fileNumber(file: string): number {
  return Number(file.slice(file.lastIndexOf('.') + 1));
}
