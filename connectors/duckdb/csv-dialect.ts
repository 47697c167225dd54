import { MillraceError, millraceError } from '../contract/index.ts';
import type { CsvConfig } from './file-config.ts';
import { quoteText } from './quote.ts';
import type { Session } from './session.ts';

/** How a CSV file is written. */
export interface CsvDialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly header: boolean;
  /** The columns by the first line alone. Where DuckDB finds none the file is broken, and reading it by these says at which line. */
  readonly names: readonly string[];
}

const DELIMITERS = [',', ';', '\t', '|'];

/**
 * How a file is written. DuckDB's own guess would rather take a broken file for one of a single column, of other quotes, or of fewer lines:
 * the delimiter is the commonest of the first line, values are quoted as RFC 4180 has it unless the guess finds other quotes, and no line is skipped.
 */
export async function csvDialect(session: Session, file: string, config: CsvConfig): Promise<CsvDialect> {
  const first = await firstLine(session, file);
  const delimiter = config.delimiter ?? commonest(first);
  const options = [
    `delim = ${quoteText(delimiter)}, skip = 0`,
    ...(config.quote === undefined ? [] : [`quote = ${quoteText(config.quote)}`]),
    ...(config.header === undefined ? [] : [`header = ${config.header}`]),
  ];
  const guess = await guessed(session, file, options);
  const quote = config.quote ?? (guess?.quote || '"');
  const header = config.header ?? guess?.header ?? true;
  const fields = splitLine(first, delimiter);
  const isNamed = header && new Set(fields).size === fields.length && !fields.includes('');
  const names = isNamed ? fields : fields.map((_, i) => `column${i}`);
  return { delimiter, quote, escape: guess?.escape || quote, header, names };
}

async function guessed(
  session: Session,
  file: string,
  options: readonly string[],
): Promise<{ quote: string; escape: string; header: boolean } | undefined> {
  const from = `sniff_csv(${[quoteText(file), ...options].join(', ')})`;
  try {
    const [row] = await session.rows(`SELECT Quote, Escape, HasHeader::VARCHAR FROM ${from}`);
    const [quote, escapes, header] = row!;
    return { quote: mark(quote), escape: mark(escapes), header: header === 'true' };
  } catch (thrown) {
    if (thrown instanceof MillraceError && thrown.code === 'file.malformed') return undefined;
    throw thrown;
  }
}

/** DuckDB writes `(empty)` for no quote at all. */
function mark(sniffed: string | null | undefined): string {
  return sniffed === null || sniffed === undefined || sniffed === '(empty)' ? '' : sniffed;
}

async function firstLine(session: Session, file: string): Promise<string> {
  const options =
    "delim = '\\0', quote = '', escape = '', header = false, auto_detect = false, columns = {line: 'VARCHAR'}";
  const [row] = await session.rows(`SELECT line FROM read_csv(${quoteText(file)}, ${options}) LIMIT 1`);
  if (row === undefined)
    throw millraceError('file.malformed', `${file} is empty: it has not even names of columns`, { at: file });
  return row[0] ?? '';
}

function commonest(line: string): string {
  const counts = DELIMITERS.map((delimiter) => splitLine(line, delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

/** The fields of a line, quotes taken off. */
function splitLine(line: string, delimiter: string): string[] {
  const fields = [''];
  let inside = false;
  for (const char of line) {
    if (char === '"') inside = !inside;
    else if (char === delimiter && !inside) fields.push('');
    else fields.push(`${fields.pop()}${char}`);
  }
  return fields;
}
