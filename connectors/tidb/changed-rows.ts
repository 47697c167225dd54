import { createHash } from 'node:crypto';
import { keyStream, SlabBuilder, valuesDecoder, valuesEncoder } from '../avro/index.ts';
import {
  type Batch,
  type Column,
  type Difference,
  loadedColumns,
  OP,
  type Op,
  type RowKey,
  slabRows,
} from '../contract/index.ts';
import {
  type BatchShape,
  type Cells,
  type ChangeTable,
  canonicalLiteral,
  look,
  quoteName,
  quoteTable,
  readBatches,
  readCells,
  type TableRead,
  type View,
  whereSql,
} from '../sql/index.ts';
import { canonicalSql, type Value } from '../types/index.ts';
import { inconsistent } from './history-diff.ts';
import type { TableCost } from './scan-meter.ts';
import type { Tso } from './tso.ts';

/** Keys of one question. */
const KEYS_AT_ONCE = 1000;

export interface ChangedRowsOptions {
  readonly change: ChangeTable;
  readonly read: Omit<TableRead, 'view'>;
  /** The table at the TSO that the target comes to. */
  readonly view: View;
  readonly tso: Tso;
  readonly cost: TableCost;
}

/** Makes batches of what differs: keys that are gone, and rows as they are at one TSO. */
export class ChangedRows {
  readonly #options: ChangedRowsOptions;
  readonly #keys: readonly Column[];
  readonly #shape: BatchShape;
  readonly #encodeKey: ReturnType<typeof valuesEncoder>;
  readonly #decodeRow: ReturnType<typeof valuesDecoder>;
  readonly #places: readonly number[];

  constructor(options: ChangedRowsOptions) {
    const { table } = options.change;
    const { projection, layout, maxRowBytes } = options.read;
    const { schema } = projection;
    const loaded = loadedColumns(schema);
    this.#options = options;
    this.#keys = schema.key!.map((name) => table.columns.find((column) => column.name === name)!);
    this.#shape = { schema, layout, maxRowBytes, exact: projection.exact };
    this.#encodeKey = valuesEncoder(keyStream(schema), layout);
    this.#decodeRow = valuesDecoder(schema, layout);
    this.#places = schema.key!.map((name) => loaded.findIndex((column) => column.name === name));
  }

  /** Gone keys come first: a key that is written in other letters now is the same row to some targets. */
  async *changes(found: readonly Difference[], signal: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    const gone = keysOf(found, 'only-destination');
    const there = await this.#present(gone, signal);
    const known = new Set(there.map(textOf));
    yield* this.#removed(gone.filter((key) => !known.has(textOf(key))));
    yield* this.#rows(keysOf(found, 'different'), OP.update, signal);
    yield* this.#rows(there, OP.update, signal);
    yield* this.#rows(keysOf(found, 'only-source'), OP.insert, signal);
  }

  /** The keys of what is gone or changed: their rows make room for others' unique values. */
  removals(found: readonly Difference[]): Generator<Batch> {
    return this.#removed([...keysOf(found, 'only-destination'), ...keysOf(found, 'different')]);
  }

  /** The rows of what is new or changed. */
  async *arrivals(found: readonly Difference[], signal: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    const there = await this.#present(keysOf(found, 'only-destination'), signal);
    const keys = [...keysOf(found, 'different'), ...keysOf(found, 'only-source'), ...there];
    yield* this.#rows(distinct(keys), OP.insert, signal);
  }

  *#removed(keys: readonly RowKey[]): Generator<Batch> {
    for (const some of arraysOf(keys)) {
      const [rows, keyRecords] = [new SlabBuilder(0), new SlabBuilder()];
      for (const key of some) {
        rows.commitRow();
        this.#encodeKey(this.#flowingKey(key), keyRecords);
      }
      yield this.#batch({ rows: rows.take(), keys: keyRecords.take() }, OP.delete);
    }
  }

  /** Rows by key. None can be missing: each was found at the same TSO. */
  async *#rows(keys: readonly RowKey[], op: Op, signal: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    const { read, view, cost } = this.#options;
    for (const some of arraysOf(keys)) {
      let rows = 0;
      await using lease = await view(signal);
      const sql = `SELECT ${read.projection.select} ${this.#fromSql(some)}`;
      for await (const { batch } of readBatches(lease.session, sql, this.#shape, signal)) {
        rows += slabRows(batch.rows) + (batch.rejects?.length ?? 0);
        yield this.#batch({ ...batch, keys: this.#keysOf(batch) }, op);
      }
      cost.fetched += rows;
      if (rows !== some.length) throw inconsistent(this.#shape.schema.stream, some.length, rows);
    }
  }

  /**
   * Those of the keys by which the table has a row, as the row writes them: it may be there in other letters, or lie elsewhere. No row is
   * taken for gone because one scan did not show it.
   */
  async #present(keys: readonly RowKey[], signal: AbortSignal): Promise<RowKey[]> {
    return distinct((await this.lookedUp(keys, undefined, signal)) as RowKey[]);
  }

  /** Of the keys those by which the table has a row, as the row writes them, each with what `more` selects of it. */
  async lookedUp(keys: readonly RowKey[], more: string | undefined, signal: AbortSignal): Promise<Cells[]> {
    const { view } = this.#options;
    const found: Cells[] = [];
    const texts = this.#keys.map(({ name, type }) => canonicalSql(quoteName(name), type, 'tidb'));
    const select = [...texts, ...(more === undefined ? [] : [more])].join(', ');
    for (const some of arraysOf(keys)) {
      const sql = `SELECT ${select} ${this.#fromSql(some)}`;
      const read = look(view, signal, (session) => Array.fromAsync(readCells(session, sql, signal)));
      found.push(...(await read).flat());
    }
    return found;
  }

  #fromSql(keys: readonly RowKey[]): string {
    const { change, read } = this.#options;
    const names = this.#keys.map(({ name }) => quoteName(name));
    const tuples = keys.map((key) => key.map((text, i) => canonicalLiteral(text!, this.#keys[i]!.type, 'tidb')));
    const among =
      names.length === 1
        ? `${names[0]} IN (${tuples.join(', ')})`
        : `(${names.join(', ')}) IN (${tuples.map((tuple) => `(${tuple.join(', ')})`).join(', ')})`;
    const { where } = change.request;
    return `FROM ${quoteTable(read.table)} WHERE ${whereSql([among, ...(where === undefined ? [] : [where])])}`;
  }

  #keysOf({ rows }: Pick<Batch, 'rows'>): Batch['rows'] {
    const keys = new SlabBuilder();
    for (let row = 0; row < slabRows(rows); row++) {
      const values = this.#decodeRow(rows, row);
      this.#encodeKey(
        this.#places.map((place) => values[place] ?? null),
        keys,
      );
    }
    return keys.take();
  }

  #flowingKey(key: RowKey): Value[] {
    const { protect = {} } = this.#options.change.request;
    return key.map((text, i) => {
      const { name, type } = this.#keys[i]!;
      const protection = protect[name];
      if (protection?.kind === 'hash')
        return createHash('sha256')
          .update(protection.salt + text)
          .digest('hex');
      return type.kind === 'bytes' ? Buffer.from(text!, 'hex') : text!;
    });
  }

  #batch(batch: Pick<Batch, 'rows' | 'keys' | 'rejects'>, op: Op): Batch {
    const rows = slabRows(batch.rows);
    return {
      ...batch,
      kind: 'batch',
      schema: this.#shape.schema,
      ops: new Uint8Array(rows).fill(op),
      seq: new BigUint64Array(rows).fill(this.#options.tso),
    };
  }
}

function keysOf(found: readonly Difference[], kind: Difference['kind']): RowKey[] {
  return found.filter((one) => one.kind === kind).map(({ key }) => key);
}

/** A row that lies elsewhere now is found twice. */
function distinct(keys: readonly RowKey[]): RowKey[] {
  return [...new Map(keys.map((key) => [textOf(key), key])).values()];
}

function textOf(key: RowKey): string {
  return JSON.stringify(key);
}

function* arraysOf(keys: readonly RowKey[]): Generator<readonly RowKey[]> {
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) yield keys.slice(at, at + KEYS_AT_ONCE);
}
