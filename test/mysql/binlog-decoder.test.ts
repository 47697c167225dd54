import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { LogDecoder } from '../../connectors/mysql/binlog/decoder.ts';
import { EVENT } from '../../connectors/mysql/binlog/event.ts';
import { dumpCommand, startOf } from '../../connectors/mysql/binlog/request.ts';
import type { LogPoint } from '../../connectors/mysql/log-point.ts';
import { fc } from '../random.ts';

const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

interface Made {
  readonly type: number;
  readonly body?: Buffer;
  readonly next?: number;
  readonly flags?: number;
}

/** An event as a server sends it, with its checksum. */
function event({ type, body = Buffer.alloc(0), next = 0, flags = 0 }: Made): Buffer {
  const bytes = Buffer.alloc(19 + body.length + 4);
  bytes[4] = type;
  bytes.writeUInt32LE(bytes.length, 9);
  bytes.writeUInt32LE(next, 13);
  bytes.writeUInt16LE(flags, 17);
  body.copy(bytes, 19);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

function rotate(file: string, at: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeBigUInt64LE(BigInt(at));
  return event({ type: EVENT.rotate, body: Buffer.concat([body, Buffer.from(file)]), flags: 0x20 });
}

function decoderAt(from: LogPoint): LogDecoder {
  return new LogDecoder({ from, at: 'here', isWanted: () => true });
}

const read = (decoder: LogDecoder, bytes: Buffer) => decoder.read(bytes, 0, bytes.length);
const code = (wanted: string) => (thrown: { code?: string }) => thrown.code === wanted;

describe('events of a log', () => {
  it('invariant 2: no event with a byte changed is read', () => {
    const xid = event({ type: EVENT.xid, body: Buffer.alloc(8, 7) });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: xid.length * 8 - 1 }), (bit) => {
        // A rotation and a format event are told by their kind before anything else is looked at.
        fc.pre(Math.floor(bit / 8) !== 4);
        const changed = Buffer.from(xid);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        assert.throws(() => read(decoderAt({ gtid: '' }), changed), code('cdc.undecodable'));
      }),
    );
    assert.equal(read(decoderAt({ gtid: '' }), xid)?.kind, 'commit');
  });

  it('places go on beyond 4 GiB, where the header only has the lowest 32 bits', () => {
    const start = 2 ** 32 - 20;
    const decoder = decoderAt({ file: 'binlog.000007', at: start });
    read(decoder, rotate('binlog.000007', start));
    const next = 2 ** 32 - 20 + 31;
    const commit = read(decoder, event({ type: EVENT.xid, body: Buffer.alloc(8), next: next % 2 ** 32 }));
    assert.deepEqual(commit?.kind === 'commit' && commit.mark, { file: 'binlog.000007', at: next, gtid: undefined });
    const wrong = event({ type: EVENT.xid, body: Buffer.alloc(8), next: 5 });
    assert.throws(() => read(decoder, wrong), code('cdc.undecodable'));
  });

  it('a place beyond 4 GiB is reached from the start of its file: what lies before it is passed over', () => {
    const at = 2 ** 32 + 66;
    assert.equal(startOf({ file: 'binlog.000007', at }), 4);
    assert.equal(startOf({ file: 'binlog.000007', at: 2 ** 32 - 1 }), 2 ** 32 - 1);
    const decoder = decoderAt({ file: 'binlog.000007', at });
    read(decoder, rotate('binlog.000007', 2 ** 32 + 4));
    const events = [35, 66, 97].map((next) => event({ type: EVENT.xid, body: Buffer.alloc(8), next }));
    const kinds = events.map((bytes) => read(decoder, bytes)?.kind);
    assert.deepEqual(kinds, [undefined, undefined, 'commit']);
  });

  it('what may hold rows and is not known stops; what says that it may be passed over is', () => {
    const kinds: readonly (readonly [number, string])[] = [
      [EVENT.partialUpdate, 'binlog_row_value_options'],
      [EVENT.incident, 'a gap'],
      [EVENT.executeLoadQuery, 'LOAD DATA'],
      [99, 'event 99'],
      [200, 'event 200'],
    ];
    for (const [type, word] of kinds) {
      const tell = (thrown: { code?: string; message?: string; fix?: string }) =>
        thrown.code === 'cdc.undecodable' && `${thrown.message} ${thrown.fix}`.includes(word);
      assert.throws(() => read(decoderAt({ gtid: '' }), event({ type })), tell, word);
    }
    assert.equal(read(decoderAt({ gtid: '' }), event({ type: 99, flags: 0x80 })), undefined);
    assert.throws(
      () => read(decoderAt({ gtid: '' }), event({ type: EVENT.write2, body: Buffer.alloc(12) })),
      code('cdc.undecodable'),
    );
  });

  it('an event that is cut is not read', () => {
    const xid = event({ type: EVENT.xid, body: Buffer.alloc(8) });
    for (let end = 0; end < xid.length; end++) {
      assert.throws(() => decoderAt({ gtid: '' }).read(xid, 0, end), code('cdc.undecodable'));
    }
  });

  it('each reader has an id of its own', () => {
    const request = { dialect: 'mysql', from: { gtid: `${UUID}:1-5` }, heartbeatMs: 1, follow: true } as const;
    const ids = new Set(Array.from({ length: 100 }, () => dumpCommand(request).readUInt32LE(3)));
    assert.equal(ids.size, 100);
    assert.ok([...ids].every((id) => id >= 0x80000000));
  });
});
