import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, it } from 'node:test';
import { ByteSink } from '../../connectors/avro/index.ts';
import { jsonText } from '../../connectors/mysql/binlog/json-text.ts';
import { fc } from '../random.ts';

/** `{"k": ["abc", 7]}` as MySQL stores it: small containers, offsets from their counts. */
const array = Buffer.from([2, 0, 14, 0, 12, 10, 0, 5, 7, 0, 3, 97, 98, 99]);
const document = Buffer.from([0, 1, 0, 26, 0, 11, 0, 1, 0, 2, 12, 0, 107, ...array]);

function textOf(bytes: Buffer, end = bytes.length): { readonly text: string; readonly wrong: string | undefined } {
  const to = new ByteSink(16);
  const wrong = jsonText(bytes, 0, end, to);
  return { text: Buffer.from(to.take()).toString('utf8'), wrong };
}

describe('documents of a log', () => {
  it('are written as the server prints them', () => {
    assert.deepEqual(textOf(document), { text: '{"k": ["abc", 7]}', wrong: undefined });
  });

  it('invariant 2: one that is cut is not taken, whatever bytes lie behind it', () => {
    const followed = Buffer.concat([document, Buffer.alloc(64, 1)]);
    for (let end = 1; end < document.length; end++) assert.notEqual(textOf(followed, end).wrong, undefined, `${end}`);
  });

  it('invariant 2: a text that is not UTF-8 is not taken', () => {
    for (const bytes of [[0xc3], [0xff], [0xed, 0xa0, 0x80], [0x80]]) {
      const { wrong } = textOf(Buffer.from([12, bytes.length, ...bytes]));
      assert.equal(wrong, 'is not UTF-8');
    }
    assert.deepEqual(textOf(Buffer.from([12, 4, ...Buffer.from('😀')])), { text: '"😀"', wrong: undefined });
  });

  it('numbers and moments that are not as long as they say are not taken', () => {
    const opaques = [
      [246, 0],
      [246, 2, 5, 2],
      [246, 2, 2, 5],
      [246, 3, 4, 2, 0],
      [246, 5, 4, 2, 128, 0, 0],
      [12, 7, 0, 0, 0, 0, 0, 0, 0],
    ];
    for (const bytes of opaques) assert.notEqual(textOf(Buffer.from([15, ...bytes])).wrong, undefined, `${bytes}`);
    assert.deepEqual(textOf(Buffer.from([15, 246, 4, 4, 2, 0x8c, 34])), { text: '12.34', wrong: undefined });
  });

  it('any bytes give UTF-8, or say that they are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(15), (bytes, kind) => {
        const to = new ByteSink(16);
        const given = Buffer.from([kind, ...bytes]);
        if (jsonText(given, 0, given.length, to) === undefined) assert.ok(isUtf8(to.take()));
      }),
      { numRuns: 2000 },
    );
  });
});
