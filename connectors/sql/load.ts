import { Readable } from 'node:stream';
import type { ResultSetHeader } from 'mysql2';
import { millraceError } from '../contract/index.ts';
import { statementError } from './query.ts';
import { destroySession, type Session } from './session.ts';

/** What the server says of a LOAD DATA statement. */
export interface LoadResult {
  readonly records: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly warnings: number;
}

/** The name that a LOAD DATA LOCAL INFILE statement must give; a request for any other is refused. */
export const LOAD_FILE = 'millrace-rows';

/** Larger pieces are cut: a packet holds less than 16 MiB, and small ones keep memory low. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Runs a LOAD DATA LOCAL INFILE 'millrace-rows' statement whose file is `chunks`, taken as fast as the server reads them. The result
 * must be looked at: LOCAL acts as IGNORE, so a row that does not fit is a warning, not an error. Throws `MillraceError`;
 * what `chunks` throws is thrown on. After an error the transaction may hold a part of the rows.
 */
export async function loadData(session: Session, sql: string, chunks: AsyncIterable<Uint8Array>): Promise<LoadResult> {
  const file = new OfferedFile(session, chunks);
  try {
    return parseLoadInfo(await loaded(session, sql, file));
  } catch (thrown) {
    throw file.failure ?? statementError(session, thrown);
  } finally {
    file.close();
  }
}

/** The one file that a statement may ask for, once. */
class OfferedFile {
  /** What the chunks threw, or why nothing was given. */
  failure: unknown;
  readonly #session: Session;
  readonly #chunks: AsyncIterable<Uint8Array>;
  #stream: Readable | undefined;

  constructor(session: Session, chunks: AsyncIterable<Uint8Array>) {
    this.#session = session;
    this.#chunks = chunks;
  }

  readonly open = (path: string): Readable => {
    if (path === LOAD_FILE && this.#stream === undefined) {
      this.#stream = Readable.from(this.#pieces(), { objectMode: true, highWaterMark: 1 });
      return this.#stream;
    }
    const { at } = this.#session;
    this.failure = millraceError('connect.file-asked', `${at} asked for a local file that was not offered`, { at });
    return Readable.from([]);
  };

  /** Stops the chunks. A server that was still being sent to is out of step: its session ends. */
  close(): void {
    if (this.failure !== undefined) destroySession(this.#session);
    if (this.#stream === undefined) return;
    if (!this.#stream.readableEnded) destroySession(this.#session);
    this.#stream.destroy();
  }

  /** An empty packet would end the file: empty pieces are left out. */
  async *#pieces(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.#chunks) {
        for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
          yield Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(PIECE_BYTES, chunk.length - at));
        }
      }
    } catch (thrown) {
      this.failure = thrown;
      throw thrown;
    }
  }
}

function loaded(session: Session, sql: string, file: OfferedFile): Promise<ResultSetHeader> {
  return new Promise((resolve, reject) => {
    const command = session.wire.query<ResultSetHeader>({ sql, infileStreamFactory: file.open }, (error, result) => {
      // The driver takes its listeners off the socket after a success only.
      (command as unknown as { _unpipeStream?: () => void })._unpipeStream?.();
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

/** `Records: 3  Deleted: 0  Skipped: 0  Warnings: 0`, and the count of the packet itself. */
function parseLoadInfo({ info, warningStatus }: ResultSetHeader): LoadResult {
  const found = /Records: (\d+)\s+Deleted: (\d+)\s+Skipped: (\d+)\s+Warnings: (\d+)/.exec(info);
  if (found === null) throw millraceError('internal.unexpected', `the server reports a load as "${info}"`);
  const [records, deleted, skipped, warnings] = found.slice(1).map(Number);
  return { records: records!, deleted: deleted!, skipped: skipped!, warnings: Math.max(warnings!, warningStatus) };
}
