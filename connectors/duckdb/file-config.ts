import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { millraceError } from '../contract/index.ts';

const keyed = z.strictObject({
  path: z.string().min(1).describe('A file, or a glob of files with the same columns.'),
  key: z.array(z.string().min(1)).min(1).optional().describe('Columns that tell rows apart: needed to write by key.'),
  text: z
    .array(z.string().min(1))
    .optional()
    .describe('Columns that stay text whatever stands in them, e.g. codes with leading zeros.'),
});

/** What all file sources share. */
const fileFields = {
  path: z
    .union([
      z.string().min(1),
      z.array(z.string().min(1)).min(1),
      z.record(z.string().min(1), z.union([z.string().min(1), keyed])),
    ])
    .describe('Files: a path, a list of paths, or a name for each: `orders: data/orders-*.csv`. A glob is one stream.'),
  memory: z
    .string()
    .regex(/^\d+(\.\d+)?\s*[KMGT]i?B$/i)
    .default('256MB')
    .describe("DuckDB's limit of memory."),
};

export const csvConfig = z.strictObject({
  type: z.literal('csv'),
  ...fileFields,
  delimiter: z
    .string()
    .length(1)
    .optional()
    .describe('Between values; without it the commonest of `,` `;` tab `|` in the first line.'),
  quote: z
    .string()
    .max(1)
    .optional()
    .describe('Around values that hold the delimiter, `""` for none; found out without it, and else `"`.'),
  header: z.boolean().optional().describe('Whether the first line names the columns; found out without it.'),
  null_text: z.string().optional().describe('An unquoted value that means NULL; the empty one without it.'),
});

export const jsonConfig = z.strictObject({ type: z.literal('json'), ...fileFields });

export const parquetConfig = z.strictObject({ type: z.literal('parquet'), ...fileFields });

export type CsvConfig = z.output<typeof csvConfig>;
export type JsonConfig = z.output<typeof jsonConfig>;
export type ParquetConfig = z.output<typeof parquetConfig>;
export type FileConfig = CsvConfig | JsonConfig | ParquetConfig;

/** One stream of a file source. */
export interface FileStream {
  readonly name: string;
  readonly path: string;
  readonly key?: readonly string[];
  /** Columns that stay text. */
  readonly text: readonly string[];
}

/** The streams of a configuration. Throws `config.invalid` where two have the same name. */
export function fileStreams({ path }: FileConfig): FileStream[] {
  if (typeof path === 'object' && !Array.isArray(path)) {
    return Object.entries(path).map(([name, entry]) =>
      typeof entry === 'string'
        ? { name, path: entry, text: [] }
        : { name, path: entry.path, text: entry.text ?? [], ...(entry.key === undefined ? {} : { key: entry.key }) },
    );
  }
  const streams = [path].flat().map((each) => ({ name: streamName(each), path: each, text: [] }));
  const twice = streams.find(({ name }, i) => streams.findIndex((other) => other.name === name) !== i);
  if (twice === undefined) return streams;
  throw millraceError('config.invalid', `two paths would both be the stream \`${twice.name}\``, {
    at: twice.path,
    fix: 'Give each its name: `path: { name: file }`.',
  });
}

/** The file's name without its extensions and wildcards; where nothing is left, the folder's. */
function streamName(path: string): string {
  const bare = basename(path)
    .replace(/(\.(csv|tsv|txt|json|jsonl|ndjson|parquet|gz|zst))+$/i, '')
    .replace(/[*?[\]{}]+/g, '')
    .replace(/[-_. ]+$/, '');
  if (bare !== '') return bare;
  const folder = dirname(path);
  return folder === '.' || folder === '/' ? 'files' : streamName(folder);
}

/** A configuration from `csv:path`, `csv://path` or `csv:///absolute/path`; the query takes the other fields. Throws `config.invalid`. */
export function fileFromUrl<C>(url: URL, type: string, schema: z.ZodType<C>): C {
  const fields = Object.fromEntries(
    [...url.searchParams].map(([name, text]) => [name, text === 'true' ? true : text === 'false' ? false : text]),
  );
  const parsed = schema.safeParse({ type, path: urlPath(url), ...fields });
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'URL'}: ${issue.message}`).join('; ');
  throw millraceError('config.invalid', `${url.href}: ${why}`);
}

function urlPath(url: URL): string {
  try {
    return decodeURIComponent(`${url.host}${url.pathname}`);
  } catch {
    throw millraceError('config.invalid', `${url.href}: a % is not followed by two hex digits; write it as %25`);
  }
}
