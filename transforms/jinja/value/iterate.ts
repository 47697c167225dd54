import { checkList, raised, typeError } from './error.ts';
import { PyObject, toIndex, typeName, type Value } from './object.ts';
import { characters } from './text.ts';
import { listIndex } from './tuple.ts';

/** `iter(value)`. @throws Raised TypeError where it cannot be iterated */
export function iterate(value: Value): Iterator<Value> {
  if (Array.isArray(value)) return value[Symbol.iterator]();
  if (typeof value === 'string') return value[Symbol.iterator]();
  const iterator = value instanceof PyObject ? value.iterate() : undefined;
  if (iterator === undefined) throw typeError(`'${typeName(value)}' object is not iterable`);
  return iterator;
}

/** The same for a `for of`. */
export function each(value: Value): Iterable<Value> {
  if (Array.isArray(value) || typeof value === 'string') return value;
  const iterator = iterate(value);
  return { [Symbol.iterator]: () => iterator };
}

/** `list(value)`. */
export function listOf(value: Value): Value[] {
  if (Array.isArray(value)) return [...value];
  const list: Value[] = [];
  for (const item of each(value)) {
    list.push(item);
    if (list.length % 65_536 === 0) checkList(list.length);
  }
  return list;
}

/** `len(value)`. @throws Raised TypeError where it has none */
export function lengthOf(value: Value): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'string') return characters(value).length;
  const size = value instanceof PyObject ? value.size() : undefined;
  if (size === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`);
  return size;
}

/** What can be iterated once, such as what `map` gives. */
export class PyIterator extends PyObject {
  readonly typeName: string;
  readonly #source: Iterator<Value>;

  constructor(source: Iterable<Value> | Iterator<Value>, typeName = 'generator') {
    super();
    this.#source = Symbol.iterator in source ? source[Symbol.iterator]() : source;
    this.typeName = typeName;
  }

  override iterate(): Iterator<Value> {
    return { next: () => this.#source.next() };
  }

  override truth(): boolean {
    return true;
  }
}

/** The most that a range of a template may hold, as in Jinja's sandbox. */
const MOST_RANGE = 100_000;

export class Range extends PyObject {
  readonly typeName = 'range';
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly #length: number;

  constructor(start: number, stop: number, step: number) {
    super();
    if (step === 0) throw raised('ValueError', 'range() arg 3 must not be zero');
    this.start = start;
    this.step = step;
    this.#length = Math.max(0, Math.ceil((stop - start) / step));
    this.stop = stop;
    if (this.#length > MOST_RANGE) {
      throw raised('OverflowError', `Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MOST_RANGE}).`);
    }
  }

  override repr(): string {
    return `range(${this.start}, ${this.stop}${this.step === 1 ? '' : `, ${this.step}`})`;
  }

  override attribute(name: string): Value | undefined {
    return name === 'start' || name === 'stop' || name === 'step' ? this[name] : undefined;
  }

  override size(): number {
    return this.#length;
  }

  override *iterate(): Generator<Value> {
    for (let at = 0; at < this.#length; at++) yield this.start + at * this.step;
  }

  override item(key: Value): Value {
    return this.start + listIndex(key, this.#length, 'range object') * this.step;
  }

  slice(bounds: SliceBounds): Value {
    const { first, last, stride } = sliceRange(bounds, this.#length);
    return new Range(this.start + first * this.step, this.start + last * this.step, this.step * stride);
  }

  override equals(other: Value): boolean | undefined {
    if (!(other instanceof Range)) return undefined;
    if (this.#length !== other.#length) return false;
    return this.#length === 0 || (this.start === other.start && (this.#length === 1 || this.step === other.step));
  }

  override key(): unknown {
    return `\0r${this.#length},${this.#length === 0 ? '' : this.start},${this.#length < 2 ? '' : this.step}`;
  }

  override get isSubscriptable(): boolean {
    return true;
  }
}

/** `range(...)` as the sandbox has it. */
export function makeRange(args: readonly Value[]): Range {
  if (args.length === 0) throw typeError('range expected at least 1 argument, got 0');
  if (args.length > 3) throw typeError(`range expected at most 3 arguments, got ${args.length}`);
  const [first, second, third] = args.map(toIndex);
  return second === undefined ? new Range(0, first!, 1) : new Range(first!, second, third ?? 1);
}

/** What stands left of the colon, and so on, in `x[start:stop:step]`: null where it is left out. */
export interface SliceBounds {
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
}

/** Where a slice begins and ends in a sequence of this length, and by which steps. @throws Raised TypeError or ValueError */
function sliceRange({ start, stop, step }: SliceBounds, length: number) {
  const stride = step === null ? 1 : bound(step);
  if (stride === 0) throw raised('ValueError', 'slice step cannot be zero');
  const place = (value: Value, otherwise: number) => {
    if (value === null) return otherwise;
    const at = bound(value);
    const from = at < 0 ? at + length : at;
    return stride > 0 ? Math.min(Math.max(from, 0), length) : Math.min(Math.max(from, -1), length - 1);
  };
  const first = place(start, stride > 0 ? 0 : length - 1);
  const last = place(stop, stride > 0 ? length : -1);
  return { first, last, stride };
}

/** The places that a slice takes from a sequence of this length. @throws Raised TypeError or ValueError */
export function slicePlaces(bounds: SliceBounds, length: number): number[] {
  const { first, last, stride } = sliceRange(bounds, length);
  const places: number[] = [];
  for (let at = first; stride > 0 ? at < last : at > last; at += stride) places.push(at);
  return places;
}

function bound(value: Value): number {
  if (typeof value === 'bigint') return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  throw typeError('slice indices must be integers or None or have an __index__ method');
}
