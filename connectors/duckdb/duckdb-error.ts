import { type ErrorCode, MillraceError, millraceError, type Origin } from '../contract/index.ts';

/** DuckDB has no error numbers: what it means is told by its text, first match wins. */
const classes: readonly (readonly [RegExp, ErrorCode])[] = [
  [/Could not set lock on file|Conflicting lock|different configuration than existing/i, 'file.locked'],
  [/No space left|disk (is )?full|max_temp_directory_size|File too large|Disk quota/i, 'file.full'],
  [/conflict|altered by|has been altered|is altered/i, 'database.conflict'],
  [/Out of Memory|could not allocate|failed to (allocate|pin)/i, 'file.memory'],
  [/database has been invalidated/i, 'connect.lost'],
  [/No files found|Cannot open file|No such file|cannot open database/i, 'file.missing'],
  [/Duplicate key|duplicate keys/i, 'row.duplicate'],
  [/Constraint Error/i, 'row.refused'],
  [
    /not a valid DuckDB database|CSV Error|Malformed JSON|No magic bytes|Parquet file|sniff|Invalid Input Error: (Error in file|CSV)/i,
    'file.malformed',
  ],
  [/Catalog Error|Binder Error/i, 'database.missing'],
];

/** Anything thrown by DuckDB as an error of the registry; `at` is the file, unless the message names another. */
export function duckdbError(thrown: unknown, origin: Origin, at: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = classes.find(([text]) => text.test(message))?.[1] ?? 'database.refused';
  const said = firstLines(message);
  // What is left out of the message is left out of the cause too.
  if (thrown instanceof Error) thrown.message = said;
  const fix = fixOf(said);
  const named = message.match(/^\s*file = (.+)$/m)?.[1];
  return millraceError(code, said, { origin, at: named ?? at, cause: thrown, ...(fix === undefined ? {} : { fix }) });
}

/** What mends it, where that is more than its code says. */
export function fixOf(message: string): string | undefined {
  return fixes.find(([text]) => text.test(message))?.[1];
}

const fixes: readonly (readonly [RegExp, string])[] = [
  [/not utf-8 encoded/i, 'Convert the file to UTF-8, e.g. `iconv -f latin1 -t utf8 FILE`.'],
];

/** DuckDB shows the statement, or all options of a reader, below its message: rows may stand in it, and it is long. */
function firstLines(message: string): string {
  const [said] = message.split(/\n\s*\n(?:LINE \d+:|\s*file = )|\nPossible |\nThe search space/);
  return said!.replace(/^Invalid Input Error: /, '').trim();
}
