import type { ColumnType, StreamSchema } from '../contract/index.ts';

const KIB = 1024;

/** Published prices of TiDB Cloud: a request unit is 64 KiB read, or 3 ms of SQL CPU. */
const READ_BYTES = 64 * KIB;
const CPU_MICROS = 3000;
/** To hash a row takes some 4 to 8 microseconds of one core; see `docs/benchmarks.md`. */
const HASH_MICROS = 6;

/** Request units of hashing so many rows inside the database, by estimate. */
export function scanUnits(rows: number, rowBytes: number): number {
  return rows * (rowBytes / READ_BYTES + HASH_MICROS / CPU_MICROS);
}

/** Bytes that values of a type have on the average, where nothing is known of them. */
function usualBytes(type: ColumnType): number {
  if (type.kind === 'text' || type.kind === 'bytes') return Math.min((type.length ?? type.bytes ?? 64) / 2, 64);
  return type.kind === 'json' ? 64 : 8;
}

/** Bytes of a table's row. The statistics may know the columns of indexes alone (TiDB 8.5 analyzes no others by default), so they are not less than usual. */
export function rowBytes({ rows = 0, bytes = 0, columns }: Pick<StreamSchema, 'rows' | 'bytes' | 'columns'>): number {
  const usual = columns.reduce((sum, { type }) => sum + usualBytes(type), 0);
  return Math.max(usual, rows > 0 ? bytes / rows : 0);
}

/** What comparing cost so far, over all tables of a source. */
export class ScanMeter {
  #units = 0;

  get requestUnits(): number {
    return this.#units;
  }

  add(rows: number, bytesOfRow: number): void {
    this.#units += scanUnits(rows, bytesOfRow);
  }
}

/** What comparing one table cost in a run. */
export class TableCost {
  readonly #meter: ScanMeter;
  readonly #rowBytes: number;
  /** Rows that were hashed inside the database, at every TSO. */
  scanned = 0;
  /** Keys and hashes of rows that left it. */
  hashes = 0;
  /** Rows that left it. */
  fetched = 0;

  constructor(meter: ScanMeter, bytesOfRow: number) {
    this.#meter = meter;
    this.#rowBytes = bytesOfRow;
  }

  scan(rows: number): void {
    this.scanned += rows;
    this.#meter.add(rows, this.#rowBytes);
  }

  /** Rows that were only passed over in their order. */
  passOver(rows: number): void {
    this.#meter.add(rows, this.#rowBytes);
  }

  get requestUnits(): number {
    return scanUnits(this.scanned, this.#rowBytes);
  }
}
