import { recordFields } from '../avro/index.ts';
import { type Cursor, readLength, readLong } from '../avro/varint.ts';
import type { StreamSchema } from '../contract/index.ts';
import type { Form } from '../types/index.ts';
import { NOTHING, type Part } from './record-set.ts';

/** Cuts the key record out of a row's record: the same fields, in key order. The part is used up before the next cut. */
export type KeyCut = (rows: Buffer, start: number, frame: Uint8Array, tail: Uint8Array) => Part;

/** Compiles the cut for a stream in the typed layout. Key columns are NOT NULL, so that a field is the same bytes in both records. */
export function keyCut(schema: StreamSchema): KeyCut {
  const fields = recordFields(schema, 'typed');
  const places = (schema.key ?? []).map((name) => fields.findIndex(({ column }) => column.name === name));
  const last = Math.max(...places);
  const skips = fields.slice(0, last + 1).map(({ form, nullable, nullAt }) => skipper(form, nullable, nullAt));
  const starts = new Uint32Array(last + 2);
  const from: Cursor = { bytes: Buffer.alloc(0), at: 0 };
  const adjacent = places.every((place, i) => i === 0 || place === places[i - 1]! + 1);
  return (rows, start, head, tail) => {
    from.bytes = rows;
    from.at = start;
    for (let i = 0; i <= last; i++) {
      starts[i] = from.at;
      skips[i]!(from);
    }
    starts[last + 1] = from.at;
    if (adjacent) return { head, bytes: rows, start: starts[places[0]!]!, end: starts[last + 1]!, tail };
    const parts = places.map((place) => rows.subarray(starts[place]!, starts[place + 1]!));
    const bytes = Buffer.concat(parts);
    return { head, bytes, start: 0, end: bytes.length, tail: tail.length === 0 ? NOTHING : tail };
  };
}

type Skip = (from: Cursor) => void;

function skipper(form: Form, nullable: boolean, nullAt: 0 | 1): Skip {
  const skip = plainSkipper(form);
  if (!nullable) return skip;
  return (from) => {
    if (from.bytes[from.at++] !== nullAt * 2) skip(from);
  };
}

function plainSkipper({ as }: Form): Skip {
  switch (as) {
    case 'long':
    case 'year':
      return readLong;
    case 'boolean':
      return (from) => {
        from.at += 1;
      };
    case 'float':
      return (from) => {
        from.at += 4;
      };
    case 'double':
      return (from) => {
        from.at += 8;
      };
    default:
      return (from) => {
        const size = readLength(from);
        from.at += size;
      };
  }
}
