import { type CompareTable, type KeptRow, type KeptRows, millraceError, streamText } from '../contract/index.ts';
import {
  canonicalColumn,
  hashSql,
  keyColumns,
  type Moment,
  quoteTable,
  readCells,
  tableConditions,
  whereSql,
} from '../sql/index.ts';
import type { ChangedRows } from './changed-rows.ts';
import { comparerAt, metered } from './comparer-at.ts';
import type { DiffPosition } from './diff-position.ts';
import { type DiffedTable, diffTable } from './diff-table.ts';
import type { Differing } from './history-diff.ts';
import type { TableCost } from './scan-meter.ts';

/** Keys and hashes of the destination's rows, as a run of one table works with them. */
export class KeptHashes {
  readonly #kept: KeptRows;
  readonly #table: CompareTable;
  readonly #shape: { readonly key: string; readonly shape: string };
  #refused: string | undefined;

  constructor(kept: KeptRows, diffed: DiffedTable) {
    this.#kept = kept;
    this.#table = diffTable(diffed).table;
    this.#shape = { key: keyText(this.#table), shape: diffed.fingerprint };
  }

  /** Why they do not tell what the destination holds; undefined: they do. */
  get refused(): string | undefined {
    return this.#refused;
  }

  settle({ tso, going }: DiffPosition): void {
    const held = { moment: tso, ...(going === undefined ? {} : { going: going.to }) };
    this.#refused = this.#kept.store.settle(held, this.#shape.key);
  }

  /** The rows in which the destination differs from the table at a moment. All rows, where they flow otherwise than before. */
  differences(moment: Moment, cost: TableCost, signal: AbortSignal): AsyncIterable<Differing['found'][number]> {
    const ours = metered(comparerAt(moment), cost);
    return this.#kept.differences(ours, this.#table, this.#shape.shape, signal);
  }

  begin(from: string, to: string): void {
    if (this.#refused === undefined) this.#kept.store.begin(from, to, this.#shape);
  }

  /** Differences, each noted before it is handed on. */
  async *noted(
    found: AsyncIterable<Differing>,
    to: string,
    rows: ChangedRows,
    signal: AbortSignal,
  ): AsyncGenerator<Differing, void, undefined> {
    for await (const one of found) {
      if (this.#refused === undefined) {
        const keys = one.found.map(({ key }) => key);
        const select = hashSql(this.#table.columns, this.#hashed());
        const there = (await rows.lookedUp(keys, select, signal)).map((cells) => this.#row(cells));
        const known = new Set(there.map(({ key }) => JSON.stringify(key)));
        const gone = keys.filter((key) => !known.has(JSON.stringify(key))).map((key) => ({ key, hash: undefined }));
        this.#kept.store.note(to, [...there, ...gone]);
      }
      yield one;
    }
  }

  complete(to: string): void {
    if (this.#refused === undefined) this.#kept.store.complete(to);
  }

  /** Fetches key and hash of all rows of a moment. */
  async fill(moment: Moment, cost: TableCost, signal: AbortSignal): Promise<void> {
    await this.#kept.store.fill(moment.name, this.#shape, this.#all(moment, cost, signal));
  }

  async *#all({ view }: Moment, cost: TableCost, signal: AbortSignal): AsyncGenerator<readonly KeptRow[]> {
    const of = this.#hashed();
    const key = keyColumns(this.#table).map((column) => canonicalColumn(column, of.table, 'tidb'));
    const where = whereSql(tableConditions(this.#table));
    const sql = `SELECT ${[...key, hashSql(this.#table.columns, of)].join(', ')} FROM ${quoteTable(this.#table.stream)} WHERE ${where}`;
    await using lease = await view(signal);
    for await (const some of readCells(lease.session, sql, signal)) {
      cost.scan(some.length);
      cost.hashes += some.length;
      yield some.map((cells) => this.#row(cells));
    }
  }

  #hashed() {
    return { table: this.#table, hash: 'md5', dialect: 'tidb' } as const;
  }

  #row(cells: readonly (string | null)[]): KeptRow {
    const hash = cells.at(-1);
    if (typeof hash === 'string') return { key: cells.slice(0, -1), hash };
    const at = streamText(this.#table.stream);
    throw millraceError('compare.row-too-large', `${at} has a row too large for a checksum`, { at });
  }
}

/** What places of keys among each other depend on. */
function keyText(table: CompareTable): string {
  const facts = keyColumns(table).map(({ name, type }) => {
    const { kind } = type;
    return [name, kind === 'decimal' ? { kind, precision: type.precision, scale: type.scale } : { kind }];
  });
  return JSON.stringify(facts);
}
