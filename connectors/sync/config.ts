import { z } from 'zod';

/** Names of columns or patterns of streams: a list, never empty text. */
const names = z.array(z.string().min(1));

const readMode = z.enum(['full', 'incremental', 'cdc']).describe('How the stream is read.');
const writeMode = z
  .enum(['append', 'overwrite', 'upsert', 'soft_delete', 'history'])
  .describe('How rows are written: built beside and swapped in (`overwrite`), by key (`upsert`), added (`append`).');

/** Where a stream's rows go: `{database}`, `{schema}` and `{table}` stand for the source's own names. */
const targetConfig = z.strictObject({
  database: z.string().min(1).optional().describe('Target database, e.g. `{database}_copy`.'),
  table: z.string().min(1).optional().describe('Target table, e.g. `shop_{table}`.'),
});

const streamOptions = {
  read: readMode.optional(),
  write: writeMode.optional(),
  cursor: z.string().min(1).optional().describe('Column that grows with every change; needed for `incremental`.'),
  overlap: z
    .number()
    .nonnegative()
    .optional()
    .describe('How far behind the cursor to read again: seconds for dates and times, else units of the cursor.'),
  where: z.string().min(1).optional().describe("A condition in the source's own SQL."),
  columns: names.optional().describe('Columns to take; all without it. Key columns are always taken.'),
  exclude_columns: names.optional().describe('Columns to leave out.'),
  hash: names.optional().describe('Columns sent as hex SHA-256 of `salt` and text.'),
  mask: names.optional().describe('Columns sent as `***`.'),
  take_as: z
    .record(z.string(), z.enum(['text', 'bytes']))
    .optional()
    .describe(
      'Columns of a type that millrace does not know, taken as text or bytes; dates and times may be taken as text.',
    ),
  target: targetConfig.optional(),
  shard: z
    .strictObject({ column: z.string().min(1), value: z.string() })
    .optional()
    .describe('A column with the same text in every row, part of the key: many shards into one table.'),
  adopt: z.boolean().optional().describe('Take over a target table that this pipeline did not make.'),
};

export const streamConfig = z.strictObject({
  name: z.string().min(1).describe('Stream or pattern, e.g. `shop.orders` or `shop.*`.'),
  ...streamOptions,
});

export const pipelineConfig = z.strictObject({
  streams: z
    .array(z.union([z.string().min(1), streamConfig]))
    .min(1)
    .describe('What to move: patterns, or patterns with options. The first that matches a table decides.'),
  exclude: names.optional().describe('Patterns of streams to leave out.'),
  ...streamOptions,
  salt: z.string().optional().describe('Secret text for `hash`; best given by an environment variable.'),
  carry: z
    .strictObject({
      indexes: z.boolean().optional().describe('Secondary indexes, built after the load.'),
      checks: z.boolean().optional().describe('CHECK constraints.'),
      defaults: z.boolean().optional().describe('Column defaults.'),
      auto_increment: z.boolean().optional().describe('AUTO_INCREMENT and its next value.'),
    })
    .optional()
    .describe("What of the source's tables is made again beside columns and key; all without it."),
  max_rejects: z.number().int().nonnegative().optional().describe('Rows that may be rejected in a run; 0 without it.'),
  large_transactions: z
    .enum(['split', 'whole', 'stop'])
    .optional()
    .describe(
      'What becomes of a transaction of the source that is larger than a commit of the target should be: committed in parts, which is told (`split`); in one, whatever its size (`whole`); the run stops before it (`stop`). `split` without it.',
    ),
  max_row_bytes: z.number().int().positive().optional().describe('Larger rows are rejected; 16 MiB without it.'),
  parallel: z
    .number()
    .int()
    .positive()
    .max(64)
    .optional()
    .describe('Lanes that run side by side; without it as many as the machine has cores, at least 2 and at most 4.'),
  throttle: z
    .strictObject({
      rows_per_second: z.number().positive().optional(),
      bytes_per_second: z.number().positive().optional(),
      connections: z.number().int().min(2).optional().describe('Connections to each side.'),
      max_ru: z.number().positive().optional().describe('Request units that a run may use, by estimate.'),
    })
    .optional(),
});

export type StreamConfig = z.infer<typeof streamConfig>;
export type PipelineConfig = z.infer<typeof pipelineConfig>;
export type StreamOptions = Omit<StreamConfig, 'name'>;
