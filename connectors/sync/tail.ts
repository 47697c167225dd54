import { keyStream, valuesDecoder } from '../avro/index.ts';
import {
  type Batch,
  loadedColumns,
  millraceError,
  OP,
  type Slab,
  type Source,
  type StreamName,
  type StreamSchema,
  slabRows,
  streamText,
} from '../contract/index.ts';
import { DEFAULT_MAX_ROW_BYTES } from './resolve.ts';
import { singleStream } from './single.ts';

/** Values as text by column, bytes as hex; null is NULL. */
export type ShownRow = Readonly<Record<string, string | null>>;

/** A change as people see it. */
export interface ShownChange {
  readonly stream: string;
  readonly op: keyof typeof OP;
  /** When it was committed at the source, ISO 8601. */
  readonly at?: string;
  readonly key: ShownRow;
  /** Where the source tells it. */
  readonly before?: ShownRow;
  readonly after?: ShownRow;
}

export interface TailOptions {
  /** Columns of the stream whose values are shown as `***`; `home` as of the source. */
  readonly masked: (stream: StreamName, home: string | undefined) => ReadonlySet<string>;
}

/**
 * The changes of one stream from now on, as they come, until the signal. Nothing is kept: no position, no target. Throws `source.stream-missing`,
 * `config.mode-illegal` for sources that cannot tell changes as they come, and what the source throws.
 */
export async function* tailStream(
  source: Source,
  name: string,
  { masked }: TailOptions,
  signal: AbortSignal,
): AsyncGenerator<ShownChange, void, undefined> {
  const found = await singleStream(source, name, signal);
  if (source.changes === undefined) {
    throw millraceError('config.mode-illegal', `changes of ${streamText(found.stream)} are not told as they come`, {
      at: streamText(found.stream),
      fix: 'Look at a table of MySQL or MariaDB, or at a topic.',
    });
  }
  const request = {
    streams: [{ stream: found.stream, mode: 'cdc' as const }],
    layout: 'text' as const,
    maxRowBytes: DEFAULT_MAX_ROW_BYTES,
    parallel: 1,
    follow: true as const,
    before: true as const,
  };
  const hidden = masked(found.stream, source.home);
  let waiting: ShownChange[] = [];
  for await (const message of source.changes(request, signal)) {
    if (message.kind === 'batch') waiting.push(...shown(message, hidden));
    else if (message.kind === 'checkpoint') {
      const { committedAt } = message;
      for (const change of waiting)
        yield committedAt === undefined ? change : { ...change, at: committedAt.toISOString() };
      waiting = [];
    }
  }
}

const opNames = new Map<number, keyof typeof OP>(Object.entries(OP).map(([name, op]) => [op, name as keyof typeof OP]));

function* shown(batch: Batch, masked: ReadonlySet<string>): Generator<ShownChange> {
  const { schema, rows, keys, before, ops } = batch;
  const row = rowReader(schema, masked);
  const key = rowReader(schema.key === undefined ? schema : keyStream(schema), masked);
  for (let at = 0; at < slabRows(rows); at++) {
    const op = ops?.[at] ?? OP.put;
    const after = op === OP.delete || op === OP.truncate ? undefined : row(rows, at);
    const old = before === undefined ? undefined : row(before, at);
    yield {
      stream: streamText(schema.stream),
      op: opNames.get(op)!,
      key: keys === undefined ? {} : (key(keys, at) ?? {}),
      ...(old === undefined ? {} : { before: old }),
      ...(after === undefined ? {} : { after }),
    };
  }
  for (const { code, message } of batch.rejects ?? []) throw millraceError('value.malformed', `${code}: ${message}`);
}

/** Undefined for an empty body: there is no such row. */
function rowReader(schema: StreamSchema, masked: ReadonlySet<string>) {
  const decode = valuesDecoder(schema, 'text');
  const names = loadedColumns(schema).map((column) => column.name);
  return (slab: Slab, at: number): ShownRow | undefined => {
    if (slab.ends[at] === (at === 0 ? 0 : slab.ends[at - 1])) return undefined;
    const values = decode(slab, at);
    return Object.fromEntries(names.map((name, i) => [name, masked.has(name) ? '***' : valueText(values[i] ?? null)]));
  };
}

function valueText(value: string | Uint8Array | null): string | null {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
