import { randomUUID } from 'node:crypto';
import { SlabBuilder, valuesEncoder } from '../../connectors/avro/index.ts';
import {
  type Batch,
  type Destination,
  type Layout,
  type OpenLane,
  type Reject,
  type RejectGate,
  type Source,
  type StreamSchema,
  streamText,
  type Target,
  type WriteMode,
} from '../../connectors/contract/index.ts';
import { connectorOfUrl } from '../../connectors/registry.ts';
import type { Value } from '../../connectors/types/index.ts';
import { never } from '../pipeline.ts';

/** An empty place of a connector, made for one test and removed with it. */
export interface Place extends AsyncDisposable {
  /** The connection, as a user writes it. */
  readonly url: string;
  /** Where tables are made. */
  readonly namespace: string;
  /** Runs statements in the place's own SQL, tables being named without namespace; gives the rows of the last one as texts. */
  run(...statements: string[]): Promise<(string | null)[][]>;
  /** Names of all tables there. */
  tables(): Promise<string[]>;
}

/** A place as the contract of destinations looks at it. */
export interface DestinationPlace extends AsyncDisposable, Pick<Place, 'url' | 'namespace' | 'tables'> {
  /** Rows of the table `orders`, by id. */
  orders(): Promise<(string | null)[][]>;
  /** Stream and code of each row of a pipeline that was rejected. */
  rejects(pipeline: string): Promise<(string | null)[][]>;
  count(table: string): Promise<number>;
}

/** The view of a place that speaks SQL. */
export async function throughSql(open: () => Promise<Place>): Promise<DestinationPlace> {
  const place = await open();
  const { url, namespace, run } = place;
  return {
    url,
    namespace,
    tables: () => place.tables(),
    orders: () => run('SELECT id, name FROM orders ORDER BY id'),
    rejects: () => run('SELECT stream, code FROM _millrace_rejects'),
    count: async (table) => Number((await run(`SELECT COUNT(*) FROM ${table}`))[0]![0]),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

const context = { emit: () => undefined };

export function sourceAt({ url }: Place): Source {
  const connector = connectorOfUrl(new URL(url));
  return connector.source!(connector.fromUrl(new URL(url)), context);
}

/** A destination as a process that has just started would make it. */
export function destinationAt({ url }: Pick<Place, 'url'>, pipeline: string): Destination {
  const connector = connectorOfUrl(new URL(url));
  return connector.destination!(connector.fromUrl(new URL(url)), { ...context, pipeline, pipelineName: 'test' });
}

export const newPipeline = (): string => randomUUID();

/** A stream of a source that is not there: its rows are made by the test. */
export const orders: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'name', type: { kind: 'text', length: 20, charset: 'utf8mb4', collation: 'utf8mb4_bin' }, nullable: true },
  ],
  key: ['id'],
};

export const laneOf = (generation: number, part: number | 'plan'): string =>
  `full/${generation}/${streamText(orders.stream)}/${part}`;

export const FULL_LANE = laneOf(1, 0);

export function targetAt({ namespace }: Pick<Place, 'namespace'>, write: WriteMode): Target {
  return {
    source: orders,
    table: { namespace, name: 'orders' },
    read: 'full',
    write,
    adopt: false,
    carry: { indexes: true, checks: true, defaults: true, autoIncrement: true },
  };
}

export function batchOf(rows: readonly (readonly Value[])[], layout: Layout, rejects?: readonly Reject[]): Batch {
  const encode = valuesEncoder(orders, layout);
  const slab = new SlabBuilder();
  for (const row of rows) encode(row, slab);
  return { kind: 'batch', schema: orders, rows: slab.take(), ...(rejects === undefined ? {} : { rejects }) };
}

/** Plans and applies, and opens the lane of the full read. */
export async function begin(
  destination: Destination,
  target: Target,
  { lane = FULL_LANE, source = 'test:1', gate = () => undefined, generation = 1 }: BeginOptions = {},
): Promise<OpenLane> {
  await destination.apply(await destination.plan(target, generation, never), never);
  return destination.open(lane, [target], source, gate);
}

export interface BeginOptions {
  readonly lane?: string;
  readonly source?: string;
  readonly gate?: RejectGate;
  readonly generation?: number;
}
