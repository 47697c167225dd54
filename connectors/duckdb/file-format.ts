import { createHash } from 'node:crypto';
import { type Column, MillraceError, millraceError } from '../contract/index.ts';
import { parseType } from '../types/index.ts';
import { csvDialect } from './csv-dialect.ts';
import { badLines, bearingOptions } from './csv-lines.ts';
import type { CsvConfig, FileStream } from './file-config.ts';
import { quoteName, quoteText } from './quote.ts';
import type { Bearing, ColumnSource } from './relation.ts';
import type { Session } from './session.ts';
import { plainColumn, type TextColumn, textColumns } from './text-column.ts';

/** How files of a format are read. */
export interface FileFormat {
  /** Looks at the files of a stream. */
  look(session: Session, files: readonly string[], stream: FileStream): Promise<FileShape>;
}

/** What the files of a stream have in common. */
export interface FileShape {
  readonly columns: readonly Column[];
  readonly sources: ReadonlyMap<string, ColumnSource>;
  /** What stands behind FROM for some of the files. */
  readonly from: (files: readonly string[]) => string;
  /** The same, leaving out lines that are no rows. */
  readonly bearing?: (file: string) => Bearing;
  /** Why not all of what was looked at are rows. */
  readonly broken?: MillraceError;
  /** How they are read, for telling that nothing has changed. */
  readonly facts: string;
}

function pathList(files: readonly string[]): string {
  return `[${files.map(quoteText).join(', ')}]`;
}

async function describe(session: Session, from: string): Promise<[name: string, native: string][]> {
  const rows = await session.rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`);
  return rows.map(([name, native]) => [name!, native!]);
}

/** A relation of texts with the typed values under the columns' names and the texts themselves beside them. */
function typedShape(
  names: readonly string[],
  raw: readonly string[],
  texts: readonly string[],
  found: readonly TextColumn[],
  read: (files: readonly string[]) => string,
  further: readonly string[] = [],
): FileShape {
  const select = found.map(
    ({ typed }, i) => `${typed} AS ${quoteName(names[i]!)}, ${texts[i]} AS ${quoteName(raw[i]!)}`,
  );
  const columns = names.map((name, i) => ({ name, type: found[i]!.type, nullable: true }));
  return {
    columns,
    sources: new Map(names.map((name, i) => [name, found[i]!.source])),
    from: (files) => `(SELECT ${[...select, ...further].join(', ')} FROM ${read(files)})`,
    facts: createHash('sha256')
      .update(JSON.stringify([select, columns]))
      .digest('hex'),
  };
}

const rawNames = (names: readonly string[]) => names.map((_, i) => `_millrace_text_${i}`);

/** Throws `file.malformed` unless all files have the columns of the first. */
async function requireSameColumns(
  files: readonly string[],
  names: (file: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const first = await names(files[0]!);
  for (const file of files.slice(1)) {
    const other = await names(file);
    if (JSON.stringify(other) === JSON.stringify(first)) continue;
    throw millraceError(
      'file.malformed',
      `${file} has the columns ${other.join(', ')}, and ${files[0]} has ${first.join(', ')}`,
      { at: file },
    );
  }
  return first;
}

/** Rows of CSV files that types are told from. */
const SAMPLE_ROWS = 20_480;

/** CSV: everything is read as text, and the types are those that hold all texts exactly. A quoted empty text is no NULL. */
export function csvFormat(config: CsvConfig): FileFormat {
  return {
    async look(session, files, stream) {
      const dialect = await csvDialect(session, files[0]!, config);
      const options = [
        `delim = ${quoteText(dialect.delimiter)}`,
        `quote = ${quoteText(dialect.quote)}`,
        `escape = ${quoteText(dialect.escape)}`,
        `header = ${dialect.header}`,
        `nullstr = ${quoteText(config.null_text ?? '')}`,
        'skip = 0, allow_quoted_nulls = false, strict_mode = true',
      ].join(', ');
      const named = async (file: string) =>
        (await describe(session, `read_csv(${quoteText(file)}, ${options}, all_varchar = true)`)).map(([name]) => name);
      const names = await requireSameColumns(files, named).catch((thrown) => {
        if (isUnguessed(thrown)) return dialect.names;
        throw thrown;
      });
      const columns = names.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ');
      // Without detection a row of another width is an error; with it DuckDB may change its mind about the file.
      const reader = (further: string) => (some: readonly string[]) =>
        `read_csv(${pathList(some)}, ${options}${further}, auto_detect = false, columns = {${columns}})`;
      const read = reader('');
      const texts = names.map(quoteName);
      const raw = rawNames(names);
      const sample = (from: string) => textColumns(session, `(FROM ${from} LIMIT ${SAMPLE_ROWS})`, texts, raw);
      const { found, broken } = await sampled(session, files, sample, read, reader(', ignore_errors = true'));
      const typed = keepText(found, names, texts, raw, stream);
      const bearing = typedShape(names, raw, texts, typed, reader(`, ${bearingOptions}`));
      return {
        ...typedShape(names, raw, texts, typed, read),
        bearing: (file) => ({
          from: bearing.from([file]),
          lines: (reading, most) => badLines(reading, file, most),
        }),
        ...(broken === undefined ? {} : { broken }),
      };
    },
  };
}

interface Sampled {
  readonly found: TextColumn[];
  readonly broken?: MillraceError;
}

/** The types of some rows. Where lines among them are none, those of the others, and the error; where all are none, it is thrown. */
async function sampled(
  session: Session,
  files: readonly string[],
  sample: (from: string) => Promise<TextColumn[]>,
  read: (files: readonly string[]) => string,
  skip: (files: readonly string[]) => string,
): Promise<Sampled> {
  try {
    return { found: await sample(read(files)) };
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code !== 'file.malformed') throw thrown;
    const [row] = await session.rows(`SELECT '' FROM ${skip(files)} LIMIT 1`);
    if (row === undefined) throw thrown;
    return { found: await sample(skip(files)), broken: thrown };
  }
}

/** DuckDB cannot make out a file at all, and does not say where it is broken. */
function isUnguessed(thrown: unknown): boolean {
  return thrown instanceof MillraceError && thrown.code === 'file.malformed' && /when sniffing/.test(thrown.message);
}

function keepText(
  found: readonly TextColumn[],
  names: readonly string[],
  texts: readonly string[],
  raw: readonly string[],
  { text }: FileStream,
): TextColumn[] {
  return found.map((column, i) => (text.includes(names[i]!) ? plainColumn(texts[i]!, quoteName(raw[i]!)) : column));
}

/** Kinds of JSON values that are looked at as texts; all others stay JSON. */
const scalar = /^(VARCHAR|DATE|TIME|TIMESTAMP.*|UUID|BOOLEAN|BIGINT|UBIGINT|HUGEINT|DOUBLE)$/;
const quoted = /^(VARCHAR|DATE|TIME|TIMESTAMP.*|UUID)$/;

/** The column that tells whether all numbers with a point are short. */
const SHORT = '_millrace_short';

/**
 * DuckDB makes doubles of JSON's numbers with a point, which hold 15 digits of any number; integers stay as they are.
 * What stands between quotes does not count.
 */
const shortNumbers = `len(list_filter(
  regexp_extract_all(regexp_replace(CAST(json AS VARCHAR), '"(\\\\.|[^"\\\\])*"', '', 'g'), '[0-9]+\\.[0-9]+'),
  lambda number: length(ltrim(replace(number, '.', ''), '0')) > 15)) = 0`;

function shortOnly(column: TextColumn): TextColumn {
  if (column.type.kind !== 'decimal' && column.type.kind !== 'float') return column;
  return { ...column, source: { ...column.source, exact: `(${column.source.exact ?? 'true'} AND ${SHORT})` } };
}

/** A member's name as a JSON pointer. */
function pointer(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** JSON: an array of objects or an object a line. All of the files is looked at for columns: a member that few objects have must not get lost. */
export const jsonFormat: FileFormat = {
  async look(session, files, stream) {
    const all = `read_json(${pathList(files)}, sample_size = -1, maximum_sample_files = ${files.length}, union_by_name = true, maximum_depth = 2, field_appearance_threshold = 0, map_inference_threshold = -1)`;
    const described = await describe(session, all);
    const names = described.map(([name]) => name);
    const members = names.map((name) => `json -> ${quoteText(pointer(name))} AS ${quoteName(name)}`);
    const read = (some: readonly string[]) =>
      `(SELECT ${members.join(', ')}, ${shortNumbers} AS ${SHORT} FROM read_json_objects(${pathList(some)}))`;
    const raw = rawNames(names);
    const texts = described.map(([name, native]) => jsonText(quoteName(name), native));
    const found = await textColumns(session, read(files), texts, raw);
    const typed = described.map(([, native], i) => {
      if (scalar.test(native))
        return native === 'VARCHAR' && numeric(found[i]!) ? plainColumn(texts[i]!, quoteName(raw[i]!)) : found[i]!;
      return {
        type: { kind: 'json' } as const,
        typed: `${texts[i]}::JSON`,
        source: { value: quoteName(raw[i]!), exact: SHORT },
      };
    });
    const kept = keepText(typed, names, texts, raw, stream).map(shortOnly);
    return typedShape(names, raw, texts, kept, read, [SHORT]);
  },
};

/** What stands between quotes is a text in JSON, also where it looks like a number. */
function numeric({ type }: TextColumn): boolean {
  return type.kind === 'integer' || type.kind === 'decimal' || type.kind === 'float' || type.kind === 'boolean';
}

function jsonText(column: string, native: string): string {
  const text = quoted.test(native) ? `(${column} ->> '$')` : `CAST(${column} AS VARCHAR)`;
  return `CASE WHEN CAST(${column} AS VARCHAR) <> 'null' THEN ${text} END`;
}

/** Parquet has types. */
export const parquetFormat: FileFormat = {
  async look(session, files) {
    const read = (some: readonly string[]) => `read_parquet(${pathList(some)})`;
    await requireSameColumns(files, async (file) =>
      (await describe(session, read([file]))).map((column) => column.join(' ')),
    );
    const columns = (await describe(session, read(files))).map(([name, native]) => ({
      name,
      native,
      nullable: true,
      type: parseType({ dataType: native.replace(/\(.*$/s, ''), columnType: native }, 'duckdb'),
    }));
    return { columns, sources: new Map(), from: read, facts: JSON.stringify(columns) };
  },
};
