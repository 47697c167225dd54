/**
 * What a YAML file or a template gives, told apart as Python tells it apart: a `number` is an int that is safe, a `bigint` any other int,
 * a `Map` a dict in its order. Nothing is made less exact (invariant 2): a float stays a float, a date a date.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Moment
  | Bytes
  | Value[]
  | ValueMap
  | ReadonlySet<Value>;

export type ValueMap = Map<Value, Value>;

/** A float, which an int is not: `1.0` prints as `1.0`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** `date` or `datetime`, by the text that Python's `str` gives of it: `2024-02-29`, `2024-02-29 12:00:00.500000+01:00`. */
export class Moment {
  readonly kind: 'date' | 'datetime';
  readonly text: string;

  constructor(kind: 'date' | 'datetime', text: string) {
    this.kind = kind;
    this.text = text;
  }
}

export class Bytes {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

export function isMap(value: unknown): value is ValueMap {
  return value instanceof Map;
}

/** The type as Python names it, for messages. */
export function typeName(value: Value | undefined): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  if (typeof value === 'string') return 'str';
  if (value instanceof Float) return 'float';
  if (value instanceof Moment) return value.kind;
  if (value instanceof Bytes) return 'bytes';
  if (Array.isArray(value)) return 'list';
  return isMap(value) ? 'dict' : 'set';
}

/** Python's truth of a value. */
export function truthOf(value: Value | undefined): boolean {
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Moment) return true;
  if (value instanceof Bytes) return value.bytes.length > 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  return Boolean(value);
}

/** A copy that shares nothing that can be changed. */
export function copyOf(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isMap(value)) return value;
  const copy: ValueMap = new Map();
  for (const [key, entry] of value) copy.set(key, copyOf(entry));
  return copy;
}

/** Whether two values are equal as Python compares them: `1 == 1.0 == True`, maps without their order. */
export function sameValue(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || one === null || other === null) return false;
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left !== undefined || right !== undefined) return left === right;
  if (Array.isArray(one)) return Array.isArray(other) && sameList(one, other);
  if (isMap(one)) return isMap(other) && sameMap(one, other);
  if (one instanceof Moment) return other instanceof Moment && one.kind === other.kind && one.text === other.text;
  if (one instanceof Bytes) return other instanceof Bytes && Buffer.compare(one.bytes, other.bytes) === 0;
  return false;
}

function numberOf(value: Value): number | bigint | undefined {
  if (value instanceof Float) return value.value;
  return typeof value === 'boolean' ? Number(value) : isNumber(value) ? value : undefined;
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function sameList(one: readonly Value[], other: readonly Value[]): boolean {
  return one.length === other.length && one.every((value, index) => sameValue(value, other[index]));
}

function sameMap(one: ValueMap, other: ValueMap): boolean {
  return (
    one.size === other.size && [...one].every(([key, value]) => other.has(key) && sameValue(value, other.get(key)))
  );
}
