import type { StreamSchema } from '../contract/index.ts';
import type { Form } from '../types/index.ts';
import { type Field, recordFields } from './field.ts';
import { lineBytes, lineText } from './line-copy.ts';
import { isPlainDecimal, lineDouble, lineWhole } from './line-number.ts';
import { backslash, type LoadWriter, loadRoom, loadWriter, newline, tab } from './load-text.ts';
import {
  asBuffer,
  checkExact,
  malformed,
  type RowProblem,
  readValue,
  rowCursor,
  tooLarge,
  wrongShape,
} from './row-cursor.ts';
import { ByteSink } from './sink.ts';
import { viewOf } from './text-copy.ts';
import type { TextRowEncoder, TextRowOptions } from './text-row.ts';
import { type FieldWriter, fieldRoom, fieldWriter } from './writer.ts';

/** How a field's text goes into a line: numbers of one kind in place of the field's form, so that the loop over fields stays in one function. */
const [TEXT, BYTES, WHOLE, DECIMAL, DOUBLE, OTHER] = [0, 1, 2, 3, 4, 5];

const wayOf: Readonly<Partial<Record<Form['as'], number>>> = {
  text: TEXT,
  bytes: BYTES,
  long: WHOLE,
  digits: DECIMAL,
  double: DOUBLE,
};

/** A field by way of its Avro form: for values that do not stand in the row as they are loaded, and for what is wrong with one. */
interface LongWay {
  readonly field: Field;
  readonly write: FieldWriter;
  readonly print: LoadWriter;
}

const shortMark = 0xfb;
const nullLetter = 78;

/**
 * Compiles the way from rows of the MySQL text protocol to lines for LOAD DATA, without a stop: each line is what `loadTextEncoder` makes of
 * what `textRowEncoder` makes of the row in layout `text`, and what these refuse is refused in the same words.
 */
export function textLineEncoder(schema: StreamSchema, options: TextRowOptions): TextRowEncoder {
  const fields = recordFields(schema, 'text');
  const ways = Uint8Array.from(fields, ({ form }) => wayOf[form.as] ?? OTHER);
  const longWays = fields.map((field) => ({ field, write: fieldWriter(field.form), print: loadWriter(field.form) }));
  const room = fields.length * loadRoom;
  const row = rowCursor();

  function encodeFields(rowStart: number, rowEnd: number, to: ByteSink): RowProblem | undefined {
    const from = row.bytes;
    const source = viewOf(from);
    let { bytes, view, length: out } = to;
    let at = rowStart;
    for (let i = 0; i < ways.length; i += 1) {
      if (at >= rowEnd) throw wrongShape();
      let start = at + 1;
      let end = start + from[at]!;
      if (end < start + shortMark) at = end;
      else {
        at = readValue(row, at);
        start = row.start;
        end = row.end;
      }
      if (at > rowEnd) throw wrongShape();
      let next = -1;
      if (end < start) next = writeNull(fields[i]!, bytes, out);
      else
        switch (ways[i]) {
          case TEXT:
            next = lineText(from, source, start, end, bytes, view, out);
            break;
          case BYTES:
            next = lineBytes(from, source, start, end, bytes, view, out);
            break;
          case WHOLE:
            next = lineWhole(from, start, end, bytes, out);
            break;
          case DECIMAL:
            if (isPlainDecimal(from, start, end)) next = lineText(from, source, start, end, bytes, view, out);
            break;
          case DOUBLE:
            next = lineDouble(from, start, end, bytes, out);
        }
      if (next >= 0) out = next;
      else {
        to.length = out;
        row.start = start;
        row.end = end;
        const wrong = goLongWay(longWays[i]!, row, to, (rowEnd - at) * 2 + room);
        if (wrong !== undefined) return wrong;
        ({ bytes, view, length: out } = to);
      }
      bytes[out++] = tab;
    }
    bytes[out - 1] = newline;
    to.length = out;
    return checkExact(row, at, rowEnd, options.exact);
  }

  return {
    encode(buffer, start, end, into) {
      if (end - start > options.maxRowBytes) return tooLarge(end - start, options.maxRowBytes);
      row.bytes = asBuffer(buffer);
      into.sink.reserve((end - start) * 2 + room);
      const problem = encodeFields(start, end, into.sink);
      if (problem === undefined) into.commitRow();
      else into.rollbackRow();
      return problem;
    },
  };
}

function writeNull({ nullable }: Field, bytes: Buffer, out: number): number {
  if (!nullable) return -1;
  bytes[out] = backslash;
  bytes[out + 1] = nullLetter;
  return out + 2;
}

const scratch = new ByteSink(4096);

/** `rest`: room for what comes behind the field. */
function goLongWay(
  { field, write, print }: LongWay,
  { bytes, start, end }: ReturnType<typeof rowCursor>,
  to: ByteSink,
  rest: number,
): RowProblem | undefined {
  const { name } = field.column;
  if (end < start) return malformed(name, 'is NULL where the column is NOT NULL');
  scratch.length = 0;
  scratch.reserve(end - start + fieldRoom);
  const wrong = write(bytes, start, end, scratch);
  if (wrong !== undefined) return malformed(name, wrong);
  to.reserve(scratch.length * 2 + loadRoom + rest);
  print({ bytes: scratch.bytes, at: 0 }, to);
  return undefined;
}
