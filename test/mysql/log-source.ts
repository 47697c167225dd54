import type {
  Batch,
  Lane,
  Layout,
  Message,
  Position,
  ReadMode,
  ReadRequest,
  Source,
} from '../../connectors/contract/index.ts';
import { noPositions, OP, slabRows } from '../../connectors/contract/index.ts';
import { connectorOfUrl } from '../../connectors/registry.ts';
import { never, type TestDatabase } from '../pipeline.ts';

export interface SourceOptions {
  readonly layout?: Layout;
  readonly takeAs?: Readonly<Record<string, 'text' | 'bytes'>>;
  readonly maxRowBytes?: number;
}

/** The tables of a database as a source, read without a destination. */
export function openSource(database: TestDatabase): Source {
  const url = new URL(database.url);
  const connector = connectorOfUrl(url);
  return connector.source!(connector.fromUrl(url), { emit: () => undefined });
}

export function requestOf(
  database: TestDatabase,
  tables: readonly string[],
  mode: ReadMode,
  options: SourceOptions = {},
): ReadRequest {
  const { layout = 'text', takeAs = {}, maxRowBytes = 64 * 1024 * 1024 } = options;
  const streams = tables.map((name) => ({ stream: { namespace: database.name, name }, mode, takeAs }));
  return { streams, layout, maxRowBytes, parallel: 1 };
}

/** A log's lane, and the position at which the tables were empty of changes. */
export interface Followed {
  readonly lane: Lane;
  readonly after: Position;
}

/** Settles where the log begins, copies the tables, and stops before the log is read. */
export async function follow(source: Source, request: ReadRequest): Promise<Followed> {
  const [group] = await source.groups(request, noPositions, never);
  let after: Position | undefined;
  for await (const { lanes } of group!.stages(never)) {
    for (const lane of lanes) {
      if (lane.id === 'binlog' && after !== undefined) return { lane, after };
      for await (const message of lane.read(undefined, never)) {
        if (lane.id === 'binlog' && message.kind === 'checkpoint') after = message.position;
      }
    }
  }
  throw new Error('the group has no log');
}

export async function messagesOf(lane: Lane, after: Position | undefined, signal = never): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of lane.read(after, signal)) messages.push(message);
  return messages;
}

export function batchesOf(messages: readonly Message[]): Batch[] {
  return messages.filter((message): message is Batch => message.kind === 'batch');
}

/** Rows of batches as hex of their Avro bodies, by table; deletes left out, rejects by their codes. */
export function rowBytes(batches: readonly Batch[]): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  for (const { schema, rows: slab, ops, rejects = [] } of batches) {
    const found = rows.get(schema.stream.name) ?? [];
    rows.set(schema.stream.name, found);
    const bytes = Buffer.from(slab.bytes);
    for (let row = 0; row < slabRows(slab); row++) {
      if (ops?.[row] === OP.delete) continue;
      found.push(bytes.toString('hex', row === 0 ? 0 : slab.ends[row - 1]!, slab.ends[row]!));
    }
    for (const { code } of rejects) found.push(code);
  }
  for (const found of rows.values()) found.sort();
  return rows;
}

/** All rows as a full read gives them. */
export async function copied(source: Source, request: ReadRequest): Promise<Map<string, string[]>> {
  const batches: Batch[] = [];
  for (const group of await source.groups(request, noPositions, never)) {
    for await (const { lanes } of group.stages(never)) {
      for (const lane of lanes) batches.push(...batchesOf(await messagesOf(lane, undefined)));
    }
  }
  return rowBytes(batches);
}
