import type { Dialect, NativeColumn } from './native.ts';

/** A column's declaration taken apart. `name` is lower case; `numbers` are the arguments if they are numbers, `members` if they are strings. */
export interface NativeType {
  readonly name: string;
  readonly numbers: readonly number[];
  readonly members: readonly string[];
  readonly unsigned: boolean;
  readonly zerofill: boolean;
  readonly charset?: string;
  readonly collation?: string;
}

/** Takes `decimal(10,2) unsigned` apart. Never throws: what it does not understand is left out, and no family will take the name. */
export function nativeType(native: NativeColumn, dialect: Dialect): NativeType {
  const text = native.columnType === '' ? native.dataType : native.columnType;
  const open = text.indexOf('(');
  const name = (open < 0 ? text : text.slice(0, open)).trim().toLowerCase();
  const rest = open < 0 ? text.slice(name.length) : text.slice(text.lastIndexOf(')') + 1);
  const inside = open < 0 ? '' : text.slice(open + 1, text.lastIndexOf(')'));
  const quoted = inside.trimStart().startsWith("'");
  const words = `${name} ${rest}`.toLowerCase().split(/\s+/);
  return {
    name: dialect === 'duckdb' ? name : (words[0] ?? ''),
    numbers: quoted || inside === '' ? [] : inside.split(',').map(Number),
    members: quoted ? quotedMembers(inside, dialect) : [],
    unsigned: words.includes('unsigned'),
    zerofill: words.includes('zerofill'),
    ...(native.charset === undefined ? {} : { charset: utf8mb3Name(native.charset) }),
    ...(native.collation === undefined ? {} : { collation: utf8mb3Name(native.collation) }),
  };
}

/** One name for the 3-byte charset that servers call `utf8` or `utf8mb3`. */
function utf8mb3Name(name: string): string {
  return name === 'utf8' || name.startsWith('utf8_') ? `utf8mb3${name.slice(4)}` : name;
}

const escaped: Readonly<Record<string, string>> = { n: '\n', r: '\r', '0': '\0', '\\': '\\' };

/**
 * The members of `'a','it''s','b\\c'`. MySQL and MariaDB write `\\`, `\n`, `\r` and `\0` for those characters. TiDB does so for all but the
 * backslash itself, so a backslash before another character stands for itself.
 */
function quotedMembers(inside: string, dialect: Dialect): string[] {
  const members: string[] = [];
  let at = inside.indexOf("'");
  while (at >= 0) {
    let member = '';
    for (at += 1; at < inside.length; at += 1) {
      const char = inside[at] ?? '';
      const next = inside[at + 1] ?? '';
      if (char === "'" && next !== "'") break;
      if (
        char === '\\' &&
        dialect !== 'duckdb' &&
        escaped[next] !== undefined &&
        !(dialect === 'tidb' && next === '\\')
      ) {
        member += escaped[next];
        at += 1;
      } else {
        member += char;
        if (char === "'") at += 1;
      }
    }
    members.push(member);
    at = inside.indexOf("'", at + 1);
  }
  return members;
}
