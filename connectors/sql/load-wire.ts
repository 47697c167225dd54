import type { Writable } from 'node:stream';

/** What a server may ask for. */
export interface Infile {
  /** Each piece has 1 to 2^24 - 2 bytes, and is sent before the next one is asked for. */
  pieces(path: string): AsyncIterable<Buffer>;
}

/** The part of mysql2's connection that is used. */
interface Wire {
  readonly stream: Writable;
  readonly sequenceId: number;
  _bumpSequenceId(packets: number): void;
}

/** The part of mysql2's query command that is used: `_streamLocalInfile` sends the file and gives the state that waits for the answer. */
interface LoadCommand {
  _streamLocalInfile?: (connection: Wire, path: string) => unknown;
  _localStreamError?: unknown;
  readonly infileOk?: unknown;
}

/**
 * Has a query command send its local file from the buffer in which it was encoded: the driver's own way makes a copy of each piece, and as many
 * bytes for the garbage collector as are sent. Nothing is changed where the command does not look as expected; then the driver sends it.
 */
export function sendRaw(query: unknown, file: Infile): void {
  const command = query as LoadCommand;
  if (typeof command._streamLocalInfile !== 'function' || typeof command.infileOk !== 'function') return;
  const driversOwn = command._streamLocalInfile;
  command._streamLocalInfile = function (connection, path) {
    if (!looksAsExpected(connection)) return driversOwn.call(this, connection, path);
    void send(connection, file.pieces(path))
      .catch((thrown: unknown) => {
        command._localStreamError = thrown;
      })
      .then(() => packet(connection, Buffer.alloc(0)));
    return command.infileOk;
  };
}

function looksAsExpected({ stream, sequenceId, _bumpSequenceId }: Wire): boolean {
  return typeof stream?.cork === 'function' && typeof sequenceId === 'number' && typeof _bumpSequenceId === 'function';
}

async function send(connection: Wire, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) await packet(connection, piece);
}

/** Resolves when the bytes are out of our hands. A cut connection is not told here: the command fails by it. */
function packet(connection: Wire, body: Buffer): Promise<void> | undefined {
  const { stream } = connection;
  if (stream.destroyed || stream.writableEnded) return undefined;
  const header = Buffer.allocUnsafe(4);
  header.writeUIntLE(body.length, 0, 3);
  header[3] = connection.sequenceId;
  connection._bumpSequenceId(1);
  return new Promise((resolve) => {
    stream.cork();
    stream.write(header);
    stream.write(body, () => resolve());
    stream.uncork();
  });
}
