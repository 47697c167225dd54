import { valuesDecoder } from '../avro/index.ts';
import { loadedColumns, type Message, noPositions, type Source, slabRows } from '../contract/index.ts';
import { DEFAULT_MAX_ROW_BYTES } from './resolve.ts';
import { singleStream } from './single.ts';

export interface Preview {
  readonly columns: readonly string[];
  /** Values as text; bytes as hex; null is NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** The first rows of a stream as they would flow. `name` is one stream, not a pattern. */
export async function previewStream(
  source: Source,
  name: string,
  count: number,
  signal: AbortSignal,
): Promise<Preview> {
  const found = await singleStream(source, name, signal);
  const request = {
    streams: [{ stream: found.stream, mode: 'full' as const }],
    layout: 'text' as const,
    maxRowBytes: DEFAULT_MAX_ROW_BYTES,
    parallel: 1,
  };
  const [schema] = await source.schemas(request, signal);
  const columns = loadedColumns(schema!).map((column) => column.name);
  const rows: (string | null)[][] = [];
  const stop = new AbortController();
  const reading = AbortSignal.any([signal, stop.signal]);
  for (const group of await source.groups(request, noPositions, reading)) {
    for await (const stage of group.stages(reading)) {
      for (const lane of stage.lanes) {
        for await (const message of lane.read(undefined, reading)) {
          rows.push(...decoded(message, count - rows.length));
          if (rows.length >= count) {
            stop.abort();
            return { columns, rows };
          }
        }
      }
    }
  }
  return { columns, rows };
}

function decoded(message: Message, limit: number): (string | null)[][] {
  if (message.kind !== 'batch') return [];
  const decode = valuesDecoder(message.schema, 'text');
  const count = Math.min(slabRows(message.rows), limit);
  return Array.from({ length: count }, (_, row) =>
    decode(message.rows, row).map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ),
  );
}
