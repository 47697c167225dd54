/** The version of dbt whose behaviour is followed, which `dbt_version` and `require-dbt-version` see. */
export const REPORTED_VERSION = '1.11.0';

type Version = readonly [major: number, minor: number, patch: number, pre: string];

const FORM = /^\s*(>=|<=|>|<|=|)\s*v?(\d+)(?:\.(\d+|\*))?(?:\.(\d+|\*))?(?:-?((?:a|b|rc)\d+))?\s*$/;

/** Whether a version answers to all of these: `>=1.3.0`, `<2.0.0`, `>=1.3.0,<2.0.0`, `1.7.*`. What cannot be read answers to nothing. */
export function satisfies(version: string, wanted: readonly string[]): boolean {
  return wanted.flatMap((text) => text.split(',')).every((text) => satisfiesOne(version, text));
}

function satisfiesOne(version: string, wanted: string): boolean {
  const [, sign = '', major, minor = '*', patch = '*', pre = ''] = FORM.exec(wanted) ?? [];
  const mine = parsed(version);
  if (major === undefined || mine === undefined) return false;
  const open = [minor, patch].filter((part) => part === '*').length;
  if ((sign === '' || sign === '=') && open > 0) return inRange(mine, [major, minor, patch]);
  const order = compare(mine, [Number(major), Number(minor) || 0, Number(patch) || 0, pre]);
  if (sign === '>=') return order >= 0;
  if (sign === '<=') return order <= 0;
  if (sign === '>') return order > 0;
  if (sign !== '<') return order === 0;
  // What comes before 2.0.0 is no 2.0.0rc1.
  return order < 0 && (pre !== '' || mine[3] === '' || !inRange(mine, [major, minor, patch]));
}

/** Whether a version, or a wish for one, is before a release: `1.0.0-rc1`. */
export function isPrerelease(text: string): boolean {
  return (parsed(text)?.[3] ?? '') !== '';
}

/** Those that can be read, the newest last. */
export function sorted(versions: readonly string[]): string[] {
  const known = versions.filter((text) => parsed(text) !== undefined);
  return known.sort((one, other) => compare(parsed(one)!, parsed(other)!));
}

function inRange(version: Version, parts: readonly string[]): boolean {
  return parts.every((part, index) => part === '*' || Number(part) === version[index]);
}

function parsed(text: string): Version | undefined {
  const [, , major, minor, patch, pre = ''] = FORM.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor ?? 0), Number(patch ?? 0), pre];
}

/** A version before its release is older than the release. */
function compare(one: Version, other: Version): number {
  for (const index of [0, 1, 2] as const) if (one[index] !== other[index]) return one[index] - other[index];
  if (one[3] === other[3]) return 0;
  if (one[3] === '' || other[3] === '') return one[3] === '' ? 1 : -1;
  return one[3].localeCompare(other[3], 'en', { numeric: true });
}
