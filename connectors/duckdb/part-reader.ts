import { rowJson, SlabBuilder, valuesEncoder } from '../avro/index.ts';
import { type Batch, type Layout, loadedColumns, MillraceError, type Reject, streamText } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import type { BadLine, Bearing, Flow } from './relation.ts';
import type { Session } from './session.ts';
import { type Cell, readCells } from './texts.ts';

const BATCH_ROWS = 5000;
const BATCH_BYTES = 1024 * 1024;

export interface ReadLimits {
  readonly layout: Layout;
  readonly maxRowBytes: number;
  readonly maxRejects: number;
}

/** A batch with the marks of the rows that it keeps: what the query selected as its last column. */
export interface MarkedBatch {
  readonly batch: Batch;
  readonly marks: readonly (string | null)[];
  /** The mark of the last row that the query gave, kept or rejected. */
  readonly last: string | null;
  /** Rows that the query gave for it, rejected ones too. */
  readonly count: number;
  /** There is nothing behind it. */
  readonly whole?: true;
}

/**
 * Runs a query over the flow's columns as batches. `tail` is what stands behind FROM; `mark` is an expression that comes with every row.
 * Lines that `bearing` left out come as rejects of the last batch, all of them. After `signal` it ends without throwing.
 */
export async function* readFlow(
  session: Session,
  flow: Flow,
  tail: string,
  mark: string,
  limits: ReadLimits,
  signal: AbortSignal,
  bearing?: Bearing,
): AsyncGenerator<MarkedBatch> {
  const builder = new FlowBuilder(flow, limits);
  const bad = badColumnSql(flow);
  const sql = `SELECT ${[...flow.values, bad, `CAST(${mark} AS VARCHAR)`].join(', ')} FROM ${tail}`;
  let lines: readonly BadLine[] = [];
  const ended = async () => {
    if (bearing !== undefined) lines = await bearing.lines(session, limits.maxRejects + 1);
  };
  for await (const rows of readCells(session, sql, signal, ended)) {
    for (const row of rows) {
      builder.row(row);
      if (builder.full) yield builder.take();
    }
  }
  for (const line of lines) builder.line(line);
  if ((builder.count > 0 || lines.length > 0) && !signal.aborted) yield { ...builder.take(), whole: true };
}

/** The place of the first column whose text is not exact, as text; NULL where all are. */
function badColumnSql({ exact, values }: Flow): string {
  const cases = exact.flatMap((condition, i) =>
    condition === 'true' ? [] : [`WHEN NOT coalesce(${condition}, ${values[i]} IS NULL) THEN '${i}'`],
  );
  return cases.length === 0 ? 'NULL::VARCHAR' : `CASE ${cases.join(' ')} END`;
}

/** Rows on their way into a batch. */
class FlowBuilder {
  readonly #flow: Flow;
  readonly #limits: ReadLimits;
  readonly #encode: (values: readonly Value[], into: SlabBuilder) => void;
  readonly #slab = new SlabBuilder();
  readonly #names: readonly string[];
  #rejects: Reject[] = [];
  #marks: (string | null)[] = [];
  #last: string | null = null;
  count = 0;

  constructor(flow: Flow, limits: ReadLimits) {
    this.#flow = flow;
    this.#limits = limits;
    this.#encode = valuesEncoder(flow.schema, limits.layout);
    this.#names = loadedColumns(flow.schema).map(({ name }) => name);
  }

  get full(): boolean {
    return this.count >= BATCH_ROWS || this.#slab.byteLength >= BATCH_BYTES;
  }

  row(cells: Cell[]): void {
    const mark = cells.pop() as string | null;
    const bad = cells.pop();
    this.count++;
    this.#last = mark;
    if (typeof bad === 'string') {
      this.#reject('value.inexact', this.#inexact(this.#names[Number(bad)]!), cells);
      return;
    }
    if (sizeOf(cells) > this.#limits.maxRowBytes) {
      this.#reject('row.too-large', `the row is larger than ${this.#limits.maxRowBytes} bytes`, cells);
      return;
    }
    try {
      this.#encode(cells, this.#slab);
    } catch (thrown) {
      if (!(thrown instanceof MillraceError) || !thrown.code.startsWith('value.')) throw thrown;
      this.#reject(thrown.code, thrown.message, cells);
      return;
    }
    this.#marks.push(mark);
  }

  /** A line is none of the rows that a mark counts. */
  line({ code, message, line }: BadLine): void {
    this.#rejects.push({ stream: streamText(this.#flow.schema.stream), code, message, row: JSON.stringify({ line }) });
  }

  /** Types of files are told from their first rows, and a later one may be another. */
  #inexact(name: string): string {
    const { stream, columns } = this.#flow.schema;
    const kind = columns.find((column) => column.name === name)?.type.kind;
    const message = `the value of column ${name} has no exact text as ${kind}`;
    return stream.namespace === ''
      ? `${message}: name the column under \`text\` of the file to keep it as it stands`
      : message;
  }

  take(): MarkedBatch {
    const rejects = this.#rejects;
    const taken: MarkedBatch = {
      batch: {
        kind: 'batch',
        schema: this.#flow.schema,
        rows: this.#slab.take(),
        ...(rejects.length === 0 ? {} : { rejects }),
      },
      marks: this.#marks,
      last: this.#last,
      count: this.count,
    };
    this.#rejects = [];
    this.#marks = [];
    this.count = 0;
    return taken;
  }

  #reject(code: string, message: string, values: readonly Value[]): void {
    const row = rowJson(this.#flow.schema, values);
    this.#rejects.push({ stream: streamText(this.#flow.schema.stream), code, message, row });
  }
}

function sizeOf(cells: readonly Cell[]): number {
  let size = 0;
  for (const cell of cells) if (cell !== null) size += typeof cell === 'string' ? Buffer.byteLength(cell) : cell.length;
  return size;
}
