import { valuesDecoder } from '../avro/index.ts';
import { loadedColumns, type Message, noPositions, type Source, type StreamName, slabRows } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { DEFAULT_MAX_ROW_BYTES } from './resolve.ts';
import { singleStream } from './single.ts';

export interface Preview {
  readonly columns: readonly string[];
  /** Values as text; bytes as hex; null is NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface PreviewOptions {
  readonly rows: number;
  /** Columns of the stream whose values are shown as `***`; `home` as of the source. */
  readonly masked: (stream: StreamName, home: string | undefined) => ReadonlySet<string>;
}

/** The first rows of a stream as they would flow. `name` is one stream, not a pattern. */
export async function previewStream(
  source: Source,
  name: string,
  { rows: count, masked }: PreviewOptions,
  signal: AbortSignal,
): Promise<Preview> {
  const found = await singleStream(source, name, signal);
  const hidden = masked(found.stream, source.home);
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
          rows.push(...decoded(message, count - rows.length, hidden));
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

function decoded(message: Message, limit: number, hidden: ReadonlySet<string>): (string | null)[][] {
  if (message.kind !== 'batch') return [];
  const decode = valuesDecoder(message.schema, 'text');
  const isHidden = loadedColumns(message.schema).map((column) => hidden.has(column.name));
  const count = Math.min(slabRows(message.rows), limit);
  return Array.from({ length: count }, (_, row) =>
    decode(message.rows, row).map((value, i) => shown(value, isHidden[i]!)),
  );
}

function shown(value: Value, isHidden: boolean): string | null {
  if (isHidden && value !== null) return '***';
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
