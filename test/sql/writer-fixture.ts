import { keyStream, SlabBuilder, textLineEncoder, valuesEncoder } from '../../connectors/avro/index.ts';
import {
  type Batch,
  type Column,
  OP,
  type Op,
  type Reject,
  type Slab,
  type StreamSchema,
} from '../../connectors/contract/index.ts';
import { openFence } from '../../connectors/sql/fence.ts';
import type { LoadTarget } from '../../connectors/sql/load-target.ts';
import type { SqlPool } from '../../connectors/sql/pool.ts';
import { query } from '../../connectors/sql/query.ts';
import { type ServerInfo, serverInfo } from '../../connectors/sql/server.ts';
import { StateTable } from '../../connectors/sql/state.ts';
import { LoadWriter } from '../../connectors/sql/writer.ts';
import type { Value } from '../../connectors/types/index.ts';
import { textRow } from '../avro/sample.ts';
import { never } from './pool-fixture.ts';

export const pipeline = '01234567-89ab-cdef-0123-456789abcdef';

const column = (name: string, type: Column['type'], nullable = true): Column => ({ name, type, nullable });

/** `id` INT key, `u` INT, `v` VARCHAR(8). */
export const schema: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    column('id', { kind: 'integer', bits: 32, unsigned: false }, false),
    column('u', { kind: 'integer', bits: 32, unsigned: false }),
    column('v', { kind: 'text', length: 8, charset: 'utf8mb4', collation: 'utf8mb4_bin' }),
  ],
  key: ['id'],
};

function slab(of: StreamSchema, rows: readonly (readonly Value[] | undefined)[]): Slab {
  const builder = new SlabBuilder();
  const encode = valuesEncoder(of, 'text');
  for (const row of rows) {
    if (row === undefined) builder.commitRow();
    else encode(row, builder);
  }
  return builder.take();
}

/** Rows of a read. */
export function rowsOf(rows: readonly (readonly Value[])[], of = schema, rejects?: readonly Reject[]): Batch {
  return { kind: 'batch', schema: of, rows: slab(of, rows), ...(rejects === undefined ? {} : { rejects }) };
}

/** The same, as lines. */
export function linesOf(rows: readonly (readonly Value[])[]): Batch {
  const builder = new SlabBuilder();
  const encoder = textLineEncoder(schema, { maxRowBytes: 1 << 20, exact: [] });
  for (const row of rows) {
    const bytes = textRow(row);
    encoder.encode(bytes, 0, bytes.length, builder);
  }
  return { kind: 'batch', schema, rows: builder.take(), lines: true };
}

/** Changes of a log: `['put', id, u, v]`, `['delete', id]`, `['truncate']`. With `seq` of a source that may send them again. */
export function changesOf(changes: readonly [keyof typeof OP, ...Value[]][], seq?: readonly bigint[]): Batch {
  const keys = slab(
    keyStream(schema),
    changes.map(([, id]) => [id ?? '0']),
  );
  const rows = slab(
    schema,
    changes.map(([, ...values]) => (values.length === 3 ? values : undefined)),
  );
  const ops = Uint8Array.from(changes.map(([op]): Op => OP[op]));
  const ordered = seq === undefined ? {} : { seq: BigUint64Array.from(seq), resends: true as const };
  return { kind: 'batch', schema, rows, keys, ops, ...ordered };
}

export interface OpenWriter {
  readonly writer: LoadWriter;
  readonly state: StateTable;
  readonly rejects: Reject[];
}

export interface WriterOptions {
  readonly write?: LoadTarget['write'];
  readonly constant?: LoadTarget['constant'];
  readonly info?: Partial<ServerInfo>;
  readonly maxRejects?: number;
  readonly lane?: string;
  /** TiDB then takes no locks; by default where rows are appended. */
  readonly onlyAdds?: boolean;
}

/** Opens a lane that writes into `database.t`; the state is in the same database. */
export async function openWriter(
  pool: SqlPool,
  database: string,
  {
    write = 'append',
    constant,
    info,
    maxRejects = 1000,
    lane = 'lane',
    onlyAdds = write === 'append',
  }: WriterOptions = {},
): Promise<OpenWriter> {
  await using lease = await pool.lease('write', never);
  const state = new StateTable(database, pipeline, 'test');
  await state.create(lease.session);
  const fence = await openFence(lease.session, state, { lane, streams: ['shop.orders'], source: 'test:1' });
  const rejects: Reject[] = [];
  const writer = new LoadWriter({
    pool,
    info: { ...(await serverInfo(lease.session)), ...info },
    state,
    fence,
    holder: lease.session.id,
    holders: new Set(),
    layout: 'text',
    targetOf: ({ stream }) => ({
      table: { namespace: database, name: stream.name === 'orders' ? 't' : stream.name },
      write,
      ...(constant === undefined ? {} : { constant }),
    }),
    gate: (reject) => {
      if (rejects.length >= maxRejects) throw new Error(`too many rejects: ${reject.message}`);
      rejects.push(reject);
    },
    onlyAdds,
  });
  return { writer, state, rejects };
}

export async function select(pool: SqlPool, sql: string) {
  await using lease = await pool.lease('read', never);
  return query(lease.session, sql);
}
