import { type Call, filled, literalNumber, literalText, type Parts, type Rewrite, rewriteCalls } from './call.ts';
import type { Rule } from './pass.ts';

/** What a function of so many arguments is here. */
const of =
  (count: number, form: string): Rewrite =>
  ({ args }) =>
    args.length === count ? filled(form, args) : undefined;

/** As `dbt.split_part` has it; the number of the part decides the form. */
function splitPart({ args, pass, place }: Call): Parts {
  const number = args.length === 3 ? literalNumber(args[2]) : undefined;
  if (number === undefined || number === 0) {
    throw pass.refused(place, '`split_part` of this part', 'Write the number of the part, from 1 or from -1.');
  }
  const upTo = `substring_index($1, $2, ${number})`;
  if (number === 1 || number === -1) return filled(upTo, args);
  if (number > 0) {
    const before = `substring_index($1, $2, ${number - 1})`;
    return filled(`substring(${upTo}, char_length(${before}) + char_length($2) + 1)`, args);
  }
  const behind = `substring_index($1, $2, ${number + 1})`;
  const kept = `cast(char_length(${upTo}) as signed) - char_length(${behind}) - char_length($2)`;
  return filled(`left(${upTo}, ${kept})`, args);
}

/** Without `g` DuckDB replaces the first match, and these servers all of them. */
function regexpReplace({ args, pass, place }: Call): Parts | undefined {
  const [, , replacement, options] = args;
  // Of more arguments, or numbers, it is the server's own.
  if (args.length > 4 || (options !== undefined && literalText(options) === undefined)) return undefined;
  const plain = /^[^\\$]*$/.test(literalText(replacement) ?? '$');
  if (literalText(options) === 'g' && plain) {
    const places = pass.server === 'mariadb' ? '' : ', 1, 0';
    return filled(`regexp_replace($1, $2, $3${places})`, args);
  }
  throw pass.refused(
    place,
    '`regexp_replace` of the first match alone, or with parts of the match',
    "Write `regexp_replace(x, pattern, 'text', 'g')`, where the text has neither `\\` nor `$`.",
  );
}

export const textRules: readonly Rule[] = [
  {
    title: '`split_part(x, delimiter, n)`',
    says: 'Of a number that is written out.',
    examples: [
      "select split_part('a-b-c', '-', 1) as a, split_part('a-b-c', '-', 2) as b, split_part('a-b-c', '-', 3) as c, split_part('a-b-c', '-', 4) as d",
      "select split_part('a--b--c', '--', -1) as a, split_part('a--b--c', '--', -2) as b, split_part(x, '-', 2) as c from (select 'x' as x) t",
    ],
    apply: rewriteCalls({ split_part: splitPart }),
  },
  {
    title: '`strpos`, `starts_with`, `contains`',
    says: 'Become `locate`.',
    examples: [
      "select strpos('abc', 'c') as a, starts_with('abc', 'ab') as b, starts_with('abc', 'AB') as c, starts_with('a', 'a ') as d, contains('abc', 'bc') as e, contains('abc', 'x') as f",
    ],
    apply: rewriteCalls({
      strpos: of(2, 'locate($2, $1)'),
      starts_with: of(2, '(locate($2, $1) = 1)'),
      contains: of(2, '(locate($2, $1) > 0)'),
    }),
  },
  {
    title: '`regexp_matches`, `regexp_replace`',
    says: '`regexp_matches(x, pattern)` becomes `x regexp pattern`; of `regexp_replace` the form that replaces every match by a text is known. Patterns are the server’s own.',
    examples: [
      "select regexp_matches('abc', '^a.c$') as a, regexp_matches('abc', 'B') as b, regexp_matches('a1', '[0-9]') as c",
      "select regexp_replace('a1b22', '[0-9]+', '-', 'g') as a",
    ],
    apply: rewriteCalls({ regexp_matches: of(2, '($1 regexp $2)'), regexp_replace: regexpReplace }),
  },
  {
    title: '`sha256(x)`',
    says: 'Becomes `sha2(x, 256)`.',
    examples: ["select sha256('abc') as a"],
    apply: rewriteCalls({ sha256: of(1, 'sha2($1, 256)') }),
  },
  {
    title: '`log(x)`, `trunc(x)`, `pi()`',
    says: 'Become `log10(x)`, `truncate(x, 0)` and `acos(-1)`, which has all digits.',
    examples: ['select log(100) as a, trunc(-1.9) as b, pi() as c'],
    apply: rewriteCalls({ log: of(1, 'log10($1)'), trunc: of(1, 'truncate($1, 0)'), pi: of(0, 'acos(-1)') }),
  },
];
