import { ByteSink } from '../avro/index.ts';
import type { RecordSet } from './client.ts';

/** A key or value on its way into a record: a part of `bytes` between what goes before and after it. Absent: null. */
export interface Part {
  readonly head: Uint8Array;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly tail: Uint8Array;
}

export const NOTHING = new Uint8Array(0);

/** The header's name and value as a record holds them. */
export function encodedHeader(name: string, value: string): Uint8Array {
  const to = new ByteSink(64);
  for (const text of [name, value]) {
    const bytes = Buffer.from(text);
    to.reserve(5);
    writeZigzag(bytes.length, to);
    to.append(bytes);
  }
  return to.take();
}

/** A record as a part of its own, e.g. of the state. */
export function wholePart(bytes: Uint8Array): Part {
  return { head: NOTHING, bytes, start: 0, end: bytes.length, tail: NOTHING };
}

/** Beyond key, value and headers a record takes at most this: its lengths, attributes, time and offset. */
const RECORD_ROOM = 40;

/** Bytes of a record at most. */
export function recordBytes(key: Part | undefined, value: Part | undefined, headers: number): number {
  return partBytes(key) + partBytes(value) + headers + RECORD_ROOM;
}

/** Collects the records of one partition. Format: https://kafka.apache.org/documentation/#record */
export class RecordSetBuilder {
  readonly topic: string;
  readonly partition: number;
  readonly #sink = new ByteSink();
  #count = 0;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#sink.length;
  }

  /** `headers`: encoded, one after the other. */
  add(key: Part | undefined, value: Part | undefined, headers: readonly Uint8Array[]): void {
    const to = this.#sink;
    const [keyBytes, valueBytes] = [partBytes(key), partBytes(value)];
    let size = 2 + zigzagBytes(this.#count) + zigzagBytes(key === undefined ? -1 : keyBytes) + keyBytes;
    size += zigzagBytes(value === undefined ? -1 : valueBytes) + valueBytes + zigzagBytes(headers.length);
    for (const header of headers) size += header.length;
    to.reserve(size + RECORD_ROOM);
    writeZigzag(size, to);
    // Attributes, and the time's distance from that of the batch.
    to.bytes[to.length++] = 0;
    to.bytes[to.length++] = 0;
    writeZigzag(this.#count, to);
    writePart(key, keyBytes, to);
    writePart(value, valueBytes, to);
    writeZigzag(headers.length, to);
    for (const header of headers) copy(header, 0, header.length, to);
    this.#count += 1;
  }

  /** The records so far. The builder starts anew. */
  take(): RecordSet {
    const { topic, partition } = this;
    const count = this.#count;
    this.#count = 0;
    return { topic, partition, count, bytes: this.#sink.take() as Buffer };
  }
}

function partBytes(part: Part | undefined): number {
  return part === undefined ? 0 : part.head.length + part.end - part.start + part.tail.length;
}

function writePart(part: Part | undefined, size: number, to: ByteSink): void {
  if (part === undefined) {
    to.bytes[to.length++] = 1;
    return;
  }
  writeZigzag(size, to);
  copy(part.head, 0, part.head.length, to);
  copy(part.bytes, part.start, part.end, to);
  copy(part.tail, 0, part.tail.length, to);
}

/** Up to here a loop is faster than a call. */
const SHORT = 48;

function copy(from: Uint8Array, start: number, end: number, to: ByteSink): void {
  const { bytes } = to;
  let out = to.length;
  if (end - start <= SHORT) for (let at = start; at < end; at += 1) bytes[out++] = from[at]!;
  else {
    bytes.set(from.subarray(start, end), out);
    out += end - start;
  }
  to.length = out;
}

/** A 32-bit number as zigzag varint; 5 bytes must be reserved. */
function writeZigzag(value: number, to: ByteSink): void {
  const { bytes } = to;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = to.length;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  to.length = at;
}

function zigzagBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5;
}
