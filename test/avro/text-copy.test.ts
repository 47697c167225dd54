import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, test } from 'node:test';
import { ByteSink } from '../../connectors/avro/sink.ts';
import { copyBytes, copyEscaped, copyUtf8 } from '../../connectors/avro/text-copy.ts';
import { fc } from '../random.ts';

/** The bytes at some place inside others, as values lie in a row. */
const placed = (value: fc.Arbitrary<Uint8Array>) =>
  fc.tuple(fc.uint8Array({ maxLength: 9 }), value, fc.uint8Array({ maxLength: 9 }));

/** UTF-8, UTF-8 with a byte changed, any bytes, and the characters at the edges of what is allowed. */
const nearlyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => new Uint8Array(Buffer.from(text, 'utf8'))),
  fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.nat(), fc.nat({ max: 255 }))
    .map(([text, at, byte]) => {
      const bytes = new Uint8Array(Buffer.from(text, 'utf8'));
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  fc.uint8Array({ maxLength: 40 }),
  fc
    .array(fc.constantFrom(0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf), { maxLength: 5 })
    .chain((tail) =>
      fc
        .constantFrom(0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff)
        .map((first) => Uint8Array.from([first, ...tail])),
    ),
  fc.uint8Array({ minLength: 500, maxLength: 530, max: 127 }),
);

type Copy = (from: Buffer, start: number, end: number, to: ByteSink) => unknown;

/** What a copy gives back, and what it appended after a byte that was there. */
function copied(copy: Copy, [before, value, after]: readonly Uint8Array[]): { result: unknown; bytes: Buffer } {
  const from = Buffer.concat([before!, value!, after!]);
  const to = new ByteSink();
  to.append(Uint8Array.of(7));
  to.reserve(value!.length * 2);
  const result = copy(from, before!.length, before!.length + value!.length, to);
  assert.equal(to.bytes[0], 7);
  return { result, bytes: to.bytes.subarray(1, to.length) };
}

/** As it is written byte by byte. */
function escaped(value: Uint8Array): Buffer {
  const letters: Readonly<Record<number, string>> = { 0: '\\0', 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };
  return Buffer.concat([...value].map((byte) => Buffer.from(letters[byte] ?? [byte])));
}

describe('values are copied', () => {
  test('as they are', () => {
    fc.assert(
      fc.property(placed(nearlyText), (parts) => {
        assert.deepEqual(copied(copyBytes, parts).bytes, Buffer.from(parts[1]));
      }),
    );
  });

  test('as text where they are UTF-8, and refused where they are not (invariant 2)', () => {
    fc.assert(
      fc.property(placed(nearlyText), (parts) => {
        const { result, bytes } = copied(copyUtf8, parts);
        assert.equal(result, isUtf8(parts[1]));
        if (result === true) assert.deepEqual(bytes, Buffer.from(parts[1]));
      }),
      { numRuns: 3000 },
    );
  });

  test('with a backslash wherever LOAD DATA needs one, and nowhere else (invariant 2)', () => {
    const often = fc
      .array(fc.constantFrom(0, 1, 8, 9, 10, 11, 12, 13, 14, 65, 91, 92, 93, 127, 128, 220, 255), { maxLength: 24 })
      .map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(placed(fc.oneof(often, nearlyText)), (parts) => {
        assert.deepEqual(copied(copyEscaped, parts).bytes, escaped(parts[1]));
      }),
      { numRuns: 2000 },
    );
  });
});
