import { sorted, truth } from './compare.ts';
import { Dict } from './dict.ts';
import { checkList, checkText, typeError, valueError } from './error.ts';
import { PyFloat } from './number.ts';
import { PyObject, toIndex, typeName, type Value } from './object.ts';
import { textOf } from './text.ts';
import { Tuple } from './tuple.ts';

interface JsonOptions {
  readonly sortKeys?: boolean;
  /** Spaces, or the text itself, that a level is indented by; null for one line. */
  readonly indent?: Value;
}

/** `json.dumps`, with Python's spaces and ASCII only. @throws Raised TypeError or ValueError for what JSON does not have */
export function toJson(value: Value, { sortKeys = false, indent = null }: JsonOptions = {}): string {
  const step =
    indent === null ? undefined : typeof indent === 'string' ? indent : ' '.repeat(Math.max(0, toIndex(indent)));
  const writer = new JsonWriter(sortKeys, step);
  return writer.text(value, '');
}

class JsonWriter {
  readonly #sortKeys: boolean;
  readonly #step: string | undefined;
  readonly #open = new Set<Value>();
  #size = 0;
  #count = 0;

  constructor(sortKeys: boolean, step: string | undefined) {
    this.#sortKeys = sortKeys;
    this.#step = step;
  }

  text(value: Value, indent: string): string {
    this.#count += 1;
    checkList(this.#count);
    const text = this.#any(value, indent);
    this.#size += text.length;
    checkText(this.#size);
    return text;
  }

  #any(value: Value, indent: string): string {
    if (value === null) return 'null';
    if (typeof value === 'string') return jsonString(value);
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    if (typeof value === 'number' || typeof value === 'bigint') return textOf(value);
    if (value instanceof PyFloat) return jsonFloat(value);
    if (Array.isArray(value) || value instanceof Tuple) return this.#container(value, () => this.#list(value, indent));
    if (value instanceof Dict) return this.#container(value, () => this.#dict(value, indent));
    const plain = value.plain();
    if (plain === undefined || plain === value) {
      throw typeError(`Object of type ${typeName(value)} is not JSON serializable`);
    }
    return this.#any(plain, indent);
  }

  #container(value: Value, write: () => string): string {
    if (this.#open.has(value)) throw valueError('Circular reference detected');
    this.#open.add(value);
    const text = write();
    this.#open.delete(value);
    return text;
  }

  #list(value: Value[] | Tuple, indent: string): string {
    const items = Array.isArray(value) ? value : value.items;
    const inner = indent + (this.#step ?? '');
    return this.#wrapped(
      items.map((item) => this.text(item, inner)),
      '[',
      ']',
      indent,
    );
  }

  #dict(value: Dict, indent: string): string {
    const entries = value.entries();
    const keys = this.#sortKeys ? sorted(value.keys(), (key) => key) : entries.map(([key]) => key);
    const inner = indent + (this.#step ?? '');
    const parts = keys.map((key) => `${jsonString(keyText(key))}: ${this.text(value.get(key)!, inner)}`);
    return this.#wrapped(parts, '{', '}', indent);
  }

  #wrapped(parts: readonly string[], open: string, close: string, indent: string): string {
    if (parts.length === 0) return open + close;
    if (this.#step === undefined) return `${open}${parts.join(', ')}${close}`;
    const line = `\n${indent}${this.#step}`;
    return `${open}${line}${parts.join(`,${line}`)}\n${indent}${close}`;
  }
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null || typeof key === 'boolean' || key instanceof PyFloat) return key === null ? 'null' : textOfKey(key);
  if (typeof key === 'number' || typeof key === 'bigint') return textOf(key);
  const plain = key instanceof PyObject ? key.plain() : undefined;
  if (typeof plain === 'string') return plain;
  throw typeError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function textOfKey(key: boolean | PyFloat): string {
  return typeof key === 'boolean' ? String(truth(key)) : jsonFloat(key);
}

function jsonFloat({ value }: PyFloat): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return textOf(new PyFloat(value));
}

function jsonString(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, (unit) =>
    unit === '\x7f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `json.loads`. @throws Raised ValueError where the text is no JSON */
export function fromJson(text: string): Value {
  const exact = new Map<string, Value>();
  // Numbers are read from their text, for JS would make a float of each.
  const reviver = (_key: string, value: unknown, context: { source?: string }): unknown => {
    if (typeof value !== 'number') return value;
    const source = context.source ?? String(value);
    const number = exact.get(source) ?? numberOf(source, value);
    exact.set(source, number);
    return new Holder(number);
  };
  try {
    const parse = JSON.parse as (
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ) => unknown;
    return ofJson(parse(text, reviver));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    throw valueError(thrown.message);
  }
}

class Holder {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

function numberOf(source: string, value: number): Value {
  if (/[.eE]/.test(source)) return new PyFloat(value);
  return Number.isSafeInteger(value) ? value || 0 : BigInt(source);
}

/** Any JS data as values: objects become dicts, whole numbers ints and others floats. */
export function ofJson(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (value instanceof Holder) return value.value;
  if (value instanceof PyObject) return value;
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return value;
    case 'number':
      return Number.isSafeInteger(value) ? value || 0 : new PyFloat(value);
    case 'object':
      if (Array.isArray(value)) return value.map(ofJson);
      return Dict.of(Object.entries(value).map(([key, item]) => [key, ofJson(item)] as const));
    default:
      throw typeError(`a ${typeof value} of the host is no value`);
  }
}
