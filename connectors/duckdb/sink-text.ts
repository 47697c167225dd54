import { isUtf8 } from 'node:buffer';
import { isJson } from './json-text.ts';
import { latin1, refuse, type Sink, type Text, TWO32 } from './sink-form.ts';
import { ColumnBuffer, ListBuffer, type TextHeap } from './vector.ts';

/** Whether all bytes are below 128, for short texts. */
function ascii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 127) return false;
  return true;
}

/** Shorter texts are looked at byte by byte, longer ones by one call. */
const SCAN_BYTES = 48;

function validText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= SCAN_BYTES && ascii(bytes, start, end)) return true;
  return isUtf8(bytes.subarray(start, end));
}

/** VARCHAR, JSON and BLOB: `duckdb_string_t` that points into the heap, which must hold exactly `bytes`. */
function stringPut(buffer: ColumnBuffer, heap: TextHeap): Text {
  const data = buffer.data;
  const words = new Uint32Array(data.buffer);
  return (bytes, start, end, row) => {
    const length = end - start;
    const at = row * 16;
    words[row * 4] = length;
    if (length <= 12) {
      words[row * 4 + 1] = 0;
      words[row * 4 + 2] = 0;
      words[row * 4 + 3] = 0;
      for (let i = 0; i < length; i++) data[at + 4 + i] = bytes[start + i]!;
      return true;
    }
    for (let i = 0; i < 4; i++) data[at + 4 + i] = bytes[start + i]!;
    const low = heap.low + start;
    words[row * 4 + 2] = low;
    words[row * 4 + 3] = low >= TWO32 ? heap.high + 1 : heap.high;
    return true;
  };
}

/** VARCHAR, and JSON where `json`: valid UTF-8, for DuckDB does not look at it again. */
export function stringSink(heap: TextHeap, json: boolean): Sink {
  const valid = json ? isJsonText : validText;
  const buffer = new ColumnBuffer(16);
  const put = stringPut(buffer, heap);
  return {
    buffer,
    text: (bytes, start, end, row) => valid(bytes, start, end) && put(bytes, start, end, row),
    integer: refuse,
    number: refuse,
    bytes: refuse,
  };
}

/** BLOB. */
export function blobSink(heap: TextHeap): Sink {
  const buffer = new ColumnBuffer(16);
  const put = stringPut(buffer, heap);
  return { buffer, text: put, integer: refuse, number: refuse, bytes: put };
}

/** UUID: 128 bits, the top bit turned over so that order is unsigned. */
export function uuidSink(): Sink {
  const buffer = new ColumnBuffer(16);
  const longs = new BigInt64Array(buffer.data.buffer);
  const text: Text = (bytes, start, end, row) => {
    const written = latin1(bytes, start, end);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(written)) return false;
    const big = BigInt(`0x${written.replaceAll('-', '')}`) ^ (1n << 127n);
    longs[2 * row] = BigInt.asIntN(64, big);
    longs[2 * row + 1] = BigInt.asIntN(64, big >> 64n);
    return true;
  };
  return { buffer, text, integer: refuse, number: refuse, bytes: refuse };
}

function isJsonText(bytes: Uint8Array, start: number, end: number): boolean {
  return validText(bytes, start, end) && isJson(bytes, start, end);
}

/** FLOAT[]: `[1,2.5,...]`, the text of a vector. */
export function listSink(): Sink {
  const buffer = new ListBuffer();
  const text: Text = (bytes, start, end, row) => {
    const written = latin1(bytes, start, end);
    if (!/^\[[^[\]]*\]$/.test(written)) return false;
    const inner = written.slice(1, -1).trim();
    const numbers = inner === '' ? [] : inner.split(',').map(Number);
    if (!numbers.every((number) => Number.isFinite(Math.fround(number)))) return false;
    buffer.put(row, numbers);
    return true;
  };
  return { buffer, text, integer: refuse, number: refuse, bytes: refuse };
}
