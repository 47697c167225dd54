export { avroName, type Field, recordFields } from './field.ts';
export { writeDigits, writeLong } from './integer-text.ts';
export { lineDecoder } from './line-values.ts';
export { type LoadTextEncoder, loadFormat, loadTextEncoder } from './load-text.ts';
export type { RowProblem } from './row-cursor.ts';
export { avroSchema, keySchema, keyStream, streamSchema } from './schema.ts';
export { ByteSink } from './sink.ts';
export { rowStart, SlabBuilder } from './slab.ts';
export { spareBuffer, spareRelease } from './spare.ts';
export { characterSize } from './text-copy.ts';
export { textLineEncoder } from './text-line.ts';
export {
  rowJson,
  type TextRowEncoder,
  type TextRowOptions,
  textRowDecoder,
  textRowEncoder,
} from './text-row.ts';
export { valuesDecoder, valuesEncoder } from './values.ts';
export { writeLength } from './varint.ts';
export { type FieldWriter, fieldRoom, fieldWriter } from './writer.ts';
