import { type Raised, type RaisedType, raised } from './error.ts';
import { type BinaryOperator, PyObject, typeName, type Value } from './object.ts';
import { reprOf } from './text.ts';

/** `strict` fails at all but printing, testing and iterating; `chainable`, which dbt parses models with, also gives itself for any attribute, item or call. */
export type UndefinedKind = 'strict' | 'chainable';

interface UndefinedDetails {
  readonly hint?: string;
  /** Whose attribute or item it would be; absent for a variable. */
  readonly of?: Value;
  readonly name?: Value;
  readonly type?: RaisedType;
}

/** What a name, attribute or item that is not there gives. */
export class Undefined extends PyObject {
  readonly typeName = 'Undefined';
  readonly kind: UndefinedKind;
  readonly #details: UndefinedDetails;

  constructor(kind: UndefinedKind, details: UndefinedDetails) {
    super();
    this.kind = kind;
    this.#details = details;
  }

  /** What any real use of it raises. */
  failure(): Raised {
    return raised(this.#details.type ?? 'UndefinedError', this.#message());
  }

  #message(): string {
    const { hint, of, name = null } = this.#details;
    if (hint !== undefined) return hint;
    if (of === undefined || this.kind === 'chainable') return `${reprOf(name)} is undefined`;
    const owner = of === null ? 'None' : `${typeName(of)} object`;
    return typeof name === 'string'
      ? `'${owner}' has no attribute ${reprOf(name)}`
      : `${owner} has no element ${reprOf(name)}`;
  }

  override attribute(name: string): Value {
    if (this.kind === 'strict') throw this.failure();
    if (name === 'hint') return this.#details.hint ?? null;
    if (name === 'node') return null;
    if (name === 'unsafe_callable' || name === 'alters_data') return false;
    const { hint } = this.#details;
    return name === 'name' ? this : new Undefined('chainable', { name, ...(hint === undefined ? {} : { hint }) });
  }

  override item(_key: Value): Value {
    if (this.kind === 'strict') throw this.failure();
    return this;
  }

  override setItem(_key: Value, _value: Value): void {
    throw raised('TypeError', "'Undefined' object does not support item assignment");
  }

  override text(): string {
    return '';
  }

  override repr(): string {
    return 'Undefined';
  }

  override size(): number {
    return 0;
  }

  override iterate(): Iterator<Value> {
    return [][Symbol.iterator]();
  }

  override equals(other: Value): boolean {
    return other instanceof Undefined;
  }

  override order(_other: Value): number {
    throw this.failure();
  }

  override key(): unknown {
    return Undefined;
  }

  override binary(_operator: BinaryOperator, _other: Value, _reflected: boolean): Value {
    throw this.failure();
  }

  override negative(): Value {
    throw this.failure();
  }

  override get isSubscriptable(): boolean {
    return this.kind === 'chainable';
  }
}
