import { millraceError } from '../contract/index.ts';
import { fixOf } from './duckdb-error.ts';
import { quoteText } from './quote.ts';
import type { BadLine } from './relation.ts';
import type { Session } from './session.ts';

const LINES = '_millrace_lines';
const SCANS = '_millrace_scans';

/** Options of `read_csv` that leave out lines which are no rows, and keep them all: a limit of DuckDB's counts columns, and forgets lines. */
export const bearingOptions = `store_rejects = true, rejects_table = ${quoteText(LINES)}, rejects_scan = ${quoteText(SCANS)}, rejects_limit = 0`;

/** What DuckDB left out where it knew for certain where the line ends. An open quote may have swallowed any number of lines. */
const codes: ReadonlyMap<string, BadLine['code']> = new Map([
  ['MISSING COLUMNS', 'file.malformed'],
  ['TOO MANY COLUMNS', 'file.malformed'],
  ['LINE SIZE OVER MAXIMUM', 'row.too-large'],
]);

/** The first `most` lines that the last query with `bearingOptions` left out. Throws `file.malformed` where more than a line may be lost. */
export async function badLines(session: Session, path: string, most: number): Promise<BadLine[]> {
  // One line may have several errors: what cannot be told comes first, and else the last, which has seen all of the line.
  const known = `error_type IN (${[...codes.keys()].map(quoteText).join(', ')})`;
  const rows = await session.rows(`
    SELECT CAST(line AS VARCHAR), last(type ORDER BY weight), last(error_message ORDER BY weight), first(csv_line)
    FROM (SELECT *, CAST(error_type AS VARCHAR) AS type, (NOT ${known}, byte_position) AS weight FROM temp.main.${LINES})
    GROUP BY line ORDER BY bool_and(${known}), line LIMIT ${most}`);
  return rows.map(([number, type, message, line]) => {
    const code = codes.get(type!);
    const said = `line ${number} of ${path}: ${message}`;
    const fix = fixOf(said);
    if (code === undefined) {
      throw millraceError('file.malformed', said, { at: path, ...(fix === undefined ? {} : { fix }) });
    }
    return { code, message: said, line: line ?? '' };
  });
}
