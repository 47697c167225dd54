import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyStream, SlabBuilder, valuesEncoder } from '../../connectors/avro/index.ts';
import type { Batch, Destination, Reject, StreamSchema, Target, WriteMode } from '../../connectors/contract/index.ts';
import { DuckDestination } from '../../connectors/duckdb/destination.ts';
import { DuckFile } from '../../connectors/duckdb/file.ts';
import type { Value } from '../../connectors/types/index.ts';

export const pipeline = '0b7b1c2e-0000-4000-8000-000000000001';
export const never: AbortSignal = new AbortController().signal;

/** A folder of its own, removed with the test. */
export function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'mr_duckdb_'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The path of a database in memory that all of this process share under a random name. */
export function memory(): string {
  return `:memory:mr_${randomUUID().slice(0, 8)}`;
}

export function destination(path: string, name = pipeline): DuckDestination {
  return new DuckDestination({ path, access: 'write', memory: '256MB' }, { pipeline: name, pipelineName: 'test' });
}

export function target(source: StreamSchema, write: WriteMode, more: Partial<Target> = {}): Target {
  return {
    source,
    table: source.stream,
    read: write === 'upsert' || write === 'soft_delete' ? 'cdc' : 'full',
    write,
    adopt: false,
    carry: { indexes: true, checks: true, defaults: true, autoIncrement: true },
    ...more,
  };
}

/** A batch of rows as canonical values. */
export function batch(schema: StreamSchema, rows: readonly (readonly Value[])[]): Batch {
  const encode = valuesEncoder(schema, 'text');
  const slab = new SlabBuilder();
  for (const row of rows) encode(row, slab);
  return { kind: 'batch', schema, rows: slab.take() };
}

/** A batch of changes: the row (null for a delete) and its key before. */
export function changes(
  schema: StreamSchema,
  all: readonly { readonly op: number; readonly row: readonly Value[] | null; readonly key: readonly Value[] }[],
): Batch {
  const encode = valuesEncoder(schema, 'text');
  const encodeKey = valuesEncoder(keyStream(schema), 'text');
  const rows = new SlabBuilder();
  const keys = new SlabBuilder();
  for (const { row, key } of all) {
    if (row === null) rows.commitRow();
    else encode(row, rows);
    encodeKey(key, keys);
  }
  return { kind: 'batch', schema, rows: rows.take(), keys: keys.take(), ops: Uint8Array.from(all, ({ op }) => op) };
}

/** Prepares a target and writes batches through one lane, in one commit. */
export async function load(
  to: Destination,
  where: Target,
  batches: readonly Batch[],
  options: { generation?: number; lane?: string; position?: string; rejects?: Reject[] } = {},
) {
  await to.apply(await to.plan(where, options.generation, never), never);
  const { writer } = await to.open(options.lane ?? 'lane', [where], 'source', (reject) =>
    options.rejects?.push(reject),
  );
  for (const one of batches) await writer.write(one);
  const report = await writer.commit(options.position ?? '1', false);
  await writer.close();
  return report;
}

/** Rows of a query, all columns as text. */
export async function ask(path: string, sql: string): Promise<(string | null)[][]> {
  await using file = new DuckFile({ path, access: 'write', memory: '256MB' }, 'source');
  await using session = await file.session();
  return await session.rows(`SELECT COLUMNS(*)::VARCHAR FROM (${sql})`);
}
