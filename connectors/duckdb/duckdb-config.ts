import { z } from 'zod';

export const duckdbConfig = z.strictObject({
  type: z.literal('duckdb'),
  path: z
    .string()
    .min(1)
    .describe('The database file; made when it is written first. `:memory:` for one that ends with the process.'),
  memory: z
    .string()
    .regex(/^\d+(\.\d+)?\s*[KMGT]i?B$/i)
    .default('256MB')
    .describe("DuckDB's limit of memory, beside millrace's own; what does not fit goes to `<path>.tmp`."),
  threads: z.number().int().positive().optional().describe("DuckDB's threads; as many as cores without it."),
});

export type DuckdbConfig = z.output<typeof duckdbConfig>;
