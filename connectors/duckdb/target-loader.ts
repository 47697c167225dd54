import { keyStream, recordFields, rowJson, rowStart, valuesDecoder } from '../avro/index.ts';
import {
  type Batch,
  loadedColumns,
  millraceError,
  OP,
  type Reject,
  type Slab,
  type StreamName,
  type StreamSchema,
  slabRows,
  streamText,
  type Target,
} from '../contract/index.ts';
import { findTable } from './catalog.ts';
import { ChunkLoader } from './chunk-loader.ts';
import type { Session } from './session.ts';
import { folded, wantedColumns } from './shape.ts';
import { applyStage, makeStage, STAGE_OP, STAGE_ROW, type Stage } from './stage.ts';
import { TextHeap } from './vector.ts';

/** One target within one transaction: straight into the table where rows are only added, else through a stage. */
export class TargetLoader {
  readonly #session: Session;
  readonly #target: Target;
  readonly #stage: Stage | undefined;
  readonly #loader: ChunkLoader;
  /** Rows of this schema, and of no other, are taken. */
  readonly schema: StreamSchema;
  readonly #decode: (bytes: Uint8Array, start: number, row: number) => number;
  readonly #fields: readonly string[];
  #decodeKey: ((bytes: Uint8Array, start: number, row: number) => number) | undefined;
  #staged = 0;
  /** Rows put into the table or the stage. */
  loaded = 0;

  private constructor(
    session: Session,
    target: Target,
    schema: StreamSchema,
    stage: Stage | undefined,
    loader: ChunkLoader,
  ) {
    this.#session = session;
    this.#target = target;
    this.schema = schema;
    this.#stage = stage;
    this.#loader = loader;
    this.#fields = loadedColumns(schema).map(({ name }) => name);
    this.#decode = loader.decoder(recordFields(schema, 'text'), this.#fields);
  }

  /** `table` is where rows go: the target, or the table that it is built in. `number` tells stages of a session apart. */
  static async open(
    session: Session,
    target: Target,
    schema: StreamSchema,
    table: StreamName,
    number: number,
  ): Promise<TargetLoader> {
    const found = await findTable(session, table);
    if (found === undefined) {
      throw millraceError('schema.moved', `table ${streamText(table)} is gone`, { at: streamText(table) });
    }
    const wanted = new Set(wantedColumns({ ...target, source: schema }).map(({ name }) => folded(name)));
    const added = target.write === 'append' || target.write === 'overwrite';
    const straight = added && found.columns.every(({ name }) => wanted.has(folded(name)));
    const stage = straight ? undefined : await makeStage(session, { ...target, source: schema, table }, number);
    const appender = await session.appender(stage?.table ?? table, stage !== undefined);
    const nullable = new Map(found.columns.map((column) => [folded(column.name), column.nullable]));
    const names =
      stage === undefined ? sourceNames(found.columns, target, schema) : [...stage.columns, STAGE_OP, STAGE_ROW];
    const columns = names.map((name) => ({ name, notNull: nullable.get(folded(name)) === false }));
    const { constant } = target;
    const heaps = new Map(constant === undefined ? [] : [[constant.column, new TextHeap()] as const]);
    const loader = session.sync(() => new ChunkLoader(appender, { columns }, heaps));
    if (constant !== undefined) loader.fill(constant.column, heaps.get(constant.column)!, constant.value);
    return new TargetLoader(session, target, schema, stage, loader);
  }

  /** Takes a batch; rows that the table does not hold exactly go to `reject`. */
  write(batch: Batch, reject: (reject: Reject) => void): void {
    const { rows, ops, keys } = batch;
    const all = ops?.includes(OP.delete) === true ? joined(rows, keys!) : rows;
    this.#session.sync(() => this.#loader.hold(all.bytes));
    for (let index = 0; index < slabRows(rows); index++) {
      const op = ops?.[index] ?? OP.put;
      const bad =
        op === OP.delete
          ? this.#putKey(all, slabRows(rows) + index)
          : this.#decode(all.bytes, rowStart(all, index), this.#loader.row);
      if (bad === -1) this.#keep(op);
      else reject(this.#rejected(batch, index, op, bad));
    }
    this.#session.sync(() => this.#loader.send());
  }

  /** Ends the rows of the transaction. Returns how many were superseded by later ones of it. */
  async close(): Promise<number> {
    this.#session.sync(() => this.#loader.close());
    return this.#stage === undefined ? 0 : await applyStage(this.#session, this.#stage);
  }

  #keep(op: number): void {
    if (this.#stage !== undefined) {
      const { row } = this.#loader;
      const op8 = this.#loader.sink(STAGE_OP);
      const place = this.#loader.sink(STAGE_ROW);
      op8.buffer.setValid(row);
      op8.integer(op, 0, row);
      place.buffer.setValid(row);
      place.integer(this.#staged++, 0, row);
    }
    this.loaded++;
    this.#session.sync(() => this.#loader.next());
  }

  /** A delete: the key's columns, all others NULL. */
  #putKey(slab: Slab, index: number): number {
    this.#decodeKey ??= this.#loader.decoder(recordFields(keyStream(this.schema), 'text'), this.schema.key!);
    const key = new Set(this.schema.key);
    for (const name of this.#fields) if (!key.has(name)) this.#loader.sink(name).buffer.setNull(this.#loader.row);
    return this.#decodeKey(slab.bytes, rowStart(slab, index), this.#loader.row);
  }

  #rejected(batch: Batch, index: number, op: number, bad: number): Reject {
    const name = op === OP.delete ? this.schema.key![bad]! : this.#fields[bad]!;
    const values = op === OP.delete ? [] : valuesDecoder(batch.schema, 'text')(batch.rows, index);
    const column = wantedColumns(this.#target).find((wanted) => wanted.name === name);
    const message = `column ${name} (${column?.ddl ?? 'key'}) does not hold the value exactly`;
    const row = op === OP.delete ? '{}' : rowJson(batch.schema, values);
    return { stream: streamText(batch.schema.stream), code: 'row.refused', message, row };
  }
}

/** The table's columns, in its order, by the names that the source gives them. */
function sourceNames(columns: readonly { readonly name: string }[], target: Target, schema: StreamSchema): string[] {
  const names = new Map(wantedColumns({ ...target, source: schema }).map(({ name }) => [folded(name), name]));
  return columns.map(({ name }) => names.get(folded(name))!);
}

/** Rows and keys as one run of bytes, so that one copy serves both: row i, then key i at `rows + i`. */
function joined(rows: Slab, keys: Slab): Slab {
  const count = rows.ends.length;
  const length = rows.ends[count - 1] ?? 0;
  const ends = new Uint32Array(count + keys.ends.length);
  ends.set(rows.ends);
  for (let i = 0; i < keys.ends.length; i++) ends[count + i] = length + keys.ends[i]!;
  return { bytes: Buffer.concat([rows.bytes.subarray(0, length), keys.bytes]), ends };
}
