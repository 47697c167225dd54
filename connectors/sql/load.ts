import { Readable } from 'node:stream';
import type { ResultSetHeader } from 'mysql2';
import { millraceError } from '../contract/index.ts';
import { type Infile, sendRaw } from './load-wire.ts';
import { statementError } from './query.ts';
import { destroySession, type Session, untilCut } from './session.ts';

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

export interface LoadOptions {
  /** Uses the driver's public interface alone: the same, with copies. Taken by itself where the driver has changed inside. */
  readonly publicApi?: boolean;
}

/**
 * Runs a LOAD DATA LOCAL INFILE 'millrace-rows' statement whose file is `chunks`, taken as fast as the server reads them; the bytes of one
 * are not looked at again when the next is asked for, so that they may lie in one buffer. The result
 * must be looked at: LOCAL acts as IGNORE, so a row that does not fit is a warning, not an error. Throws `MillraceError`;
 * what `chunks` throws is thrown on. After an error the transaction may hold a part of the rows.
 */
export async function loadData(
  session: Session,
  sql: string,
  chunks: AsyncIterable<Uint8Array>,
  { publicApi = false }: LoadOptions = {},
): Promise<LoadResult> {
  const file = new OfferedFile(session, chunks);
  try {
    const result = await loaded(session, sql, file, publicApi);
    if (file.failure !== undefined) throw file.failure;
    return parseLoadInfo(result);
  } catch (thrown) {
    throw file.failure ?? statementError(session, thrown);
  } finally {
    file.close();
  }
}

/** The one file that a statement may ask for, once. */
class OfferedFile implements Infile {
  /** What the chunks threw, or why nothing was given. */
  failure: unknown;
  readonly #session: Session;
  readonly #chunks: AsyncIterable<Uint8Array>;
  #asked = false;
  #ended = false;
  #closed = false;
  #stream: Readable | undefined;

  constructor(session: Session, chunks: AsyncIterable<Uint8Array>) {
    this.#session = session;
    this.#chunks = chunks;
  }

  /** The pieces of the file of that name: none, and `failure` set, where it was not offered. */
  pieces(path: string): AsyncIterable<Buffer> {
    if (path === LOAD_FILE && !this.#asked) {
      this.#asked = true;
      return this.#pieces();
    }
    const { at } = this.#session;
    this.failure = millraceError('connect.file-asked', `${at} asked for a local file that was not offered`, { at });
    return noPieces();
  }

  /** For the driver's public interface, which keeps hold of what it is given. */
  readonly open = (path: string): Readable => {
    const pieces = this.pieces(path);
    const copies = async function* () {
      for await (const piece of pieces) yield Buffer.from(piece);
    };
    this.#stream = Readable.from(copies(), { objectMode: true, highWaterMark: 1 });
    return this.#stream;
  };

  /** Stops the chunks. A server that was still being sent to is out of step: its session ends. */
  close(): void {
    this.#closed = true;
    if (this.failure !== undefined || (this.#asked && !this.#ended)) destroySession(this.#session);
    this.#stream?.destroy();
  }

  /** An empty packet would end the file: empty pieces are left out. */
  async *#pieces(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.#chunks) {
        for (let at = 0; at < chunk.length && !this.#closed; at += PIECE_BYTES) {
          yield Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(PIECE_BYTES, chunk.length - at));
        }
        if (this.#closed) return;
      }
      this.#ended = true;
    } catch (thrown) {
      this.failure = thrown;
      throw thrown;
    }
  }
}

async function* noPieces(): AsyncGenerator<Buffer> {}

function loaded(session: Session, sql: string, file: OfferedFile, publicApi: boolean): Promise<ResultSetHeader> {
  const { promise, resolve, reject } = Promise.withResolvers<ResultSetHeader>();
  const command = session.wire.query<ResultSetHeader>({ sql, infileStreamFactory: file.open }, (error, result) => {
    // The driver takes its listeners off the socket after a success only.
    (command as unknown as { _unpipeStream?: () => void })._unpipeStream?.();
    if (error !== null) reject(error);
    else if (asksAgain(result)) reject(askedAgain(session));
    else resolve(result);
  });
  if (!publicApi) sendRaw(command, file);
  return untilCut(session, promise);
}

/** Where TiDB had to wait for another's row locks it runs the statement again, and asks for its file once more. */
function asksAgain(result: ResultSetHeader): boolean {
  return (result as ResultSetHeader & { infileName?: string }).infileName !== undefined;
}

/** The rows are gone by then: the session, from which the server expects them, ends, and the transaction is tried again. */
function askedAgain(session: Session): Error {
  destroySession(session);
  const { at } = session;
  return millraceError('database.conflict', `rows of this load were locked at ${at}: it begins again`, { at });
}

/** `Records: 3  Deleted: 0  Skipped: 0  Warnings: 0`, and the count of the packet itself. */
function parseLoadInfo({ info, warningStatus }: ResultSetHeader): LoadResult {
  const found = /Records: (\d+)\s+Deleted: (\d+)\s+Skipped: (\d+)\s+Warnings: (\d+)/.exec(info);
  if (found === null) throw millraceError('internal.unexpected', `the server reports a load as "${info}"`);
  const [records, deleted, skipped, warnings] = found.slice(1).map(Number);
  return { records: records!, deleted: deleted!, skipped: skipped!, warnings: Math.max(warnings!, warningStatus) };
}
