import type { Column, Comparer, StreamName } from '../contract/index.ts';
import { duckdbComparer } from './comparer.ts';
import type { DuckFile } from './file.ts';
import { quoteName, quoteTable } from './quote.ts';

/** What a comparison reads of one stream of files: its columns, and what stands behind FROM. */
export interface FileTable {
  readonly columns: readonly Column[];
  readonly from: string;
}

/**
 * Compares files as the streams that they flow as. Each becomes a view of the engine in memory, and is then asked like a table. Files are
 * looked at once a comparer: what is compared is one state of theirs.
 */
export function fileComparer(engine: DuckFile, look: (stream: StreamName) => Promise<FileTable | undefined>): Comparer {
  const tables = duckdbComparer(engine);
  const seen = new Map<string, Promise<FileTable | undefined>>();
  const view = (stream: StreamName) => {
    const found = seen.get(stream.name) ?? makeView(engine, stream, look);
    seen.set(stream.name, found);
    return found;
  };
  return {
    ...tables,
    columns: async (stream) => (await view(stream))?.columns,
    async extent(table, part, signal) {
      await view(table.stream);
      return await tables.extent(table, part, signal);
    },
    async digests(table, parts, hash, signal) {
      await view(table.stream);
      return await tables.digests(table, parts, hash, signal);
    },
    async *rows(table, parts, hash, signal) {
      await view(table.stream);
      yield* tables.rows(table, parts, hash, signal);
    },
    async fetch(table, keys, signal) {
      await view(table.stream);
      return await tables.fetch(table, keys, signal);
    },
  };
}

async function makeView(
  engine: DuckFile,
  stream: StreamName,
  look: (stream: StreamName) => Promise<FileTable | undefined>,
): Promise<FileTable | undefined> {
  const table = await look(stream);
  if (table === undefined) return undefined;
  await using session = await engine.session();
  const columns = table.columns.map(({ name }) => quoteName(name)).join(', ');
  await session.run(
    `CREATE OR REPLACE VIEW ${quoteTable(session.catalog, stream)} AS SELECT ${columns} FROM ${table.from}`,
  );
  return table;
}
