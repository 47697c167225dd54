import { Ready } from './batches.ts';
import { afterCut } from './look.ts';
import type { Lease } from './pool.ts';
import { streamRows } from './rows.ts';
import type { Session } from './session.ts';

/** A row's columns as text, null for NULL. */
export type Cells = readonly (string | null)[];

/** Rows are handed on at this many or this many bytes, whichever is first. */
const ROWS_AT_ONCE = 2_000;
const BYTES_AT_ONCE = 1024 * 1024;

/** Reads a SELECT of texts, in arrays of rows. The server is held off while the consumer is behind. Throws `MillraceError`, or the signal's reason. */
export async function* readCells(session: Session, sql: string, signal: AbortSignal): AsyncGenerator<Cells[]> {
  const stop = new AbortController();
  const ready = new Ready<Cells[]>();
  let rows: Cells[] = [];
  let bytes = 0;
  const onRow = (buffer: Uint8Array, start: number, end: number) => {
    rows.push(textCells(buffer, start, end));
    bytes += end - start;
    if (rows.length < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE) return undefined;
    const full = rows;
    rows = [];
    bytes = 0;
    return ready.push(full);
  };
  const reading = streamRows(session, sql, onRow, { signal: AbortSignal.any([signal, stop.signal]) }).then(
    () => {
      void ready.push(rows);
      ready.end();
    },
    (reason: unknown) => ready.fail(reason),
  );
  try {
    yield* ready.items();
  } finally {
    stop.abort();
    ready.release();
    await reading;
  }
}

/**
 * Reads a SELECT of texts that is ordered by its first column. Where the connection is cut it is asked again on another, and what was
 * handed on before is passed over.
 */
export async function* readOrdered(
  view: (signal: AbortSignal) => Promise<Lease>,
  sql: string,
  signal: AbortSignal,
): AsyncGenerator<Cells[]> {
  let last = '';
  /** Rows with `last` that were handed on. */
  let given = 0;
  for (let tries = 1; ; tries++) {
    let passed = 0;
    const isNew = ([order]: Cells) => {
      const text = order ?? '';
      if (text < last || (text === last && passed < given)) {
        if (text === last) passed++;
        return false;
      }
      given = text === last ? given + 1 : 1;
      passed = text === last ? passed + 1 : 1;
      last = text;
      return true;
    };
    try {
      await using lease = await view(signal);
      for await (const rows of readCells(lease.session, sql, signal)) {
        const fresh = rows.filter(isNew);
        if (fresh.length === 0) continue;
        tries = 1;
        yield fresh;
      }
      return;
    } catch (thrown) {
      await afterCut(thrown, tries, signal);
    }
  }
}

/** Extra bytes of a length after 0xfc, 0xfd and 0xfe. */
const lengthBytes = [2, 3, 8];

/** The columns of a row of the text protocol: length-encoded strings, 0xfb for NULL. */
function textCells(buffer: Uint8Array, start: number, end: number): Cells {
  const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const cells: (string | null)[] = [];
  for (let at = start; at < end; ) {
    const first = bytes[at++]!;
    if (first === 0xfb) {
      cells.push(null);
      continue;
    }
    const size = first < 0xfb ? 0 : lengthBytes[first - 0xfc]!;
    const length = size === 0 ? first : bytes.readUIntLE(at, Math.min(size, 6));
    at += size;
    cells.push(bytes.toString('utf8', at, at + length));
    at += length;
  }
  return cells;
}
