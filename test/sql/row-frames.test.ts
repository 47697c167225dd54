import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { createConnection } from 'mysql2';
import { streamRows } from '../../connectors/sql/rows.ts';
import type { Session } from '../../connectors/sql/session.ts';
import { fc } from '../random.ts';
import { errorPacket, greeting, okPacket, packet } from './fake-server.ts';
import { never } from './pool-fixture.ts';

/** What a server sends, in exactly these pieces; TCP would cut it as it likes. */
class Pieces extends Duplex {
  readonly #answers: (readonly Buffer[])[];

  constructor(answers: readonly (readonly Buffer[])[]) {
    super();
    this.#answers = [[greeting()], [okPacket(2)], ...answers];
    this.#answer();
  }

  override _read(): void {}

  override _write(_: Buffer, _encoding: string, done: () => void): void {
    this.#answer();
    done();
  }

  #answer(): void {
    const pieces = this.#answers.shift() ?? [];
    // Never within the call that asks, as from a socket.
    setImmediate(() => {
      for (const piece of pieces) this.push(piece);
    });
  }
}

type Value = Buffer | null;

function lengthEncoded(value: Value): Buffer {
  if (value === null) return Buffer.of(0xfb);
  const { length } = value;
  const prefix = length < 251 ? Buffer.of(length) : Buffer.of(0xfc, length & 255, length >> 8);
  return Buffer.concat([prefix, value]);
}

const column = (name: string) =>
  Buffer.concat([
    ...['def', '', '', '', name, name].map((text) => lengthEncoded(Buffer.from(text))),
    Buffer.of(12, 63, 0, 255, 0, 0, 0, 252, 0, 0, 0, 0, 0),
  ]);

const end = Buffer.of(0xfe, 0, 0, 2, 0);

/** A result of two columns, and how it ends. */
function result(rows: readonly (readonly Value[])[], refused: boolean): Buffer {
  const packets = [
    Buffer.of(2),
    column('a'),
    column('b'),
    end,
    ...rows.map((row) => Buffer.concat(row.map(lengthEncoded))),
  ];
  const sent = packets.map((payload, i) => packet((i + 1) & 255, payload));
  const last = (packets.length + 1) & 255;
  return Buffer.concat([...sent, refused ? errorPacket(last, 1317, 'interrupted') : packet(last, end)]);
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

async function connected(answers: readonly (readonly Buffer[])[]): Promise<Session> {
  const wire = createConnection({ stream: new Pieces(answers), user: 'root', rowsAsArray: true });
  wire.on('error', () => undefined);
  await once(wire, 'connect');
  return {
    wire,
    role: 'read',
    side: 'source',
    at: 'pieces',
    id: 1,
    openedAt: performance.now(),
    lost: false,
    inTransaction: false,
  };
}

async function read(session: Session): Promise<{ rows: string[]; error?: unknown }> {
  const rows: string[] = [];
  const onRow = (buffer: Uint8Array, from: number, to: number) => {
    rows.push(Buffer.from(buffer.subarray(from, to)).toString('hex'));
    return undefined;
  };
  try {
    assert.equal(await streamRows(session, 'SELECT a, b', onRow, { signal: never }), rows.length);
    return { rows };
  } catch (error) {
    return { rows, error };
  }
}

const value = fc.option(
  fc
    .oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.nat({ max: 600 }).map((length) => new Uint8Array(length).fill(0xfe)),
    )
    .map((bytes) => Buffer.from(bytes)),
  { nil: null },
);
const tables = fc.array(fc.tuple(value, value), { maxLength: 300 });
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 4000 })), {
  minLength: 1,
  maxLength: 12,
});

describe('rows that come in pieces of any size', () => {
  it('are the rows that were sent, whole and in order, and the connection goes on (invariants 2 and 4)', async () => {
    await fc.assert(
      fc.asyncProperty(tables, tables, sizes, fc.boolean(), async (first, second, pieces, refused) => {
        const session = await connected([cut(result(first, refused), pieces), cut(result(second, false), pieces)]);
        const hex = (rows: typeof first) => rows.map((row) => Buffer.concat(row.map(lengthEncoded)).toString('hex'));
        const one = await read(session);
        assert.deepEqual(one.rows, hex(first));
        if (refused) assert.equal((one.error as { code?: string }).code, 'database.busy');
        else assert.equal(one.error, undefined);
        const two = await read(session);
        assert.deepEqual(two, { rows: hex(second) });
        session.wire.destroy();
      }),
      { numRuns: 200 },
    );
  });
});
