import { raised, typeError } from './error.ts';

/**
 * A value as Python has it. `null` is None, a `number` is an int that is a safe integer, a `bigint` is any other int, an array is a list.
 * Everything else is a `PyObject`. A JS `undefined` is never a value: it stands for "not there".
 */
export type Value = null | boolean | number | bigint | string | Value[] | PyObject;

export type Kwargs = ReadonlyMap<string, Value>;

export const noKwargs: Kwargs = new Map();

/** What stands in a call: the frame of the render that calls. Opaque here. */
export interface Caller {
  /** Counts `steps` of work. @throws Raised LimitError where the render has used its fuel */
  spend(steps: number): void;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '|' | '&' | '^';

/**
 * What is not a JS primitive or a list. Host objects (relations, columns, tables) extend it: a template sees nothing of an object but
 * what these methods give, so that no prototype, constructor or function of the host can be reached.
 */
export abstract class PyObject {
  /** Python's name of the type, for messages. */
  abstract readonly typeName: string;

  /** An attribute; undefined where there is none. Never asked for a name with a leading underscore. */
  attribute(_name: string): Value | undefined {
    return undefined;
  }

  /** `self[key]`. @throws Raised TypeError, KeyError or IndexError */
  item(_key: Value): Value {
    throw typeError(`'${this.typeName}' object is not subscriptable`);
  }

  setItem(_key: Value, _value: Value): void {
    throw typeError(`'${this.typeName}' object does not support item assignment`);
  }

  /** `str(self)`. */
  text(): string {
    return this.repr();
  }

  /** `repr(self)`. */
  repr(): string {
    return `<${this.typeName} object>`;
  }

  truth(): boolean {
    const size = this.size();
    return size === undefined || size > 0;
  }

  /** `len(self)`; undefined where it has none. */
  size(): number | undefined {
    return undefined;
  }

  /** `iter(self)`; undefined where it cannot be iterated. */
  iterate(): Iterator<Value> | undefined {
    return undefined;
  }

  /** `self == other`; undefined is Python's NotImplemented. */
  equals(_other: Value): boolean | undefined {
    return undefined;
  }

  /** Sign of the order of self and other; undefined where there is no order; NaN where all comparisons are false. */
  order(_other: Value): number | undefined {
    return undefined;
  }

  /** What stands for the value in a Map: equal values have the same. @throws Raised TypeError where it cannot be hashed */
  key(): unknown {
    return this;
  }

  /** `value in self`; undefined where iterating decides. */
  contains(_value: Value): boolean | undefined {
    return undefined;
  }

  /** `self op other`, or `other op self` where `reflected`; undefined is NotImplemented. */
  binary(_operator: BinaryOperator, _other: Value, _reflected: boolean): Value | undefined {
    return undefined;
  }

  negative(): Value {
    throw typeError(`bad operand type for unary -: '${this.typeName}'`);
  }

  /** Whether `is mapping` holds. */
  get isMapping(): boolean {
    return false;
  }

  /** Whether it has `__getitem__` and a length, for `is sequence`. */
  get isSubscriptable(): boolean {
    return false;
  }

  /** The value as the nearest one of a built-in type: what `tojson` and the like write. Undefined: there is none. */
  plain(): Value | undefined {
    return undefined;
  }
}

/** What can be called. In an asynchronous render it may give a promise. */
export abstract class Callable extends PyObject {
  abstract invoke(caller: Caller, args: readonly Value[], kwargs: Kwargs): Value | Promise<Value>;
}

/** What a host function or a method is written as. */
export type Body = (args: readonly Value[], kwargs: Kwargs, caller: Caller) => Value | Promise<Value>;

/** A function of the host, or a bound method. */
export class BuiltinFunction extends Callable {
  readonly typeName: string;
  readonly name: string;
  readonly #body: Body;

  constructor(name: string, body: Body, typeName = 'builtin_function_or_method') {
    super();
    this.name = name;
    this.typeName = typeName;
    this.#body = body;
  }

  override invoke(caller: Caller, args: readonly Value[], kwargs: Kwargs): Value | Promise<Value> {
    return this.#body(args, kwargs, caller);
  }

  override repr(): string {
    return `<built-in function ${this.name}>`;
  }
}

export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  return Array.isArray(value) ? 'list' : value.typeName;
}

/**
 * Puts a call's arguments in the order of parameters. A parameter that ends in `?` may be missing, and is then undefined.
 * @throws Raised TypeError as Python's own
 */
export function bind(
  name: string,
  parameters: readonly string[],
  args: readonly Value[],
  kwargs: Kwargs,
): (Value | undefined)[] {
  if (args.length > parameters.length) {
    const most = parameters.length;
    throw typeError(`${name}() takes at most ${most} argument${most === 1 ? '' : 's'} (${args.length} given)`);
  }
  const bound: (Value | undefined)[] = [...args];
  for (let at = args.length; at < parameters.length; at++) {
    const parameter = parameters[at]!;
    const value = kwargs.get(parameter.replace('?', ''));
    if (value === undefined && !parameter.endsWith('?')) {
      throw typeError(`${name}() missing required argument: '${parameter}'`);
    }
    bound.push(value);
  }
  if (kwargs.size > 0) checkKeywords(name, parameters, args.length, kwargs);
  return bound;
}

function checkKeywords(name: string, parameters: readonly string[], given: number, kwargs: Kwargs): void {
  for (const key of kwargs.keys()) {
    const at = parameters.findIndex((parameter) => parameter.replace('?', '') === key);
    if (at < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
    if (at < given) throw typeError(`${name}() got multiple values for argument '${key}'`);
  }
}

/** Arguments of a built-in method that takes no keywords. @throws Raised TypeError where there are too few, too many or keywords */
export function positional(
  name: string,
  least: number,
  most: number,
  args: readonly Value[],
  kwargs: Kwargs = noKwargs,
): readonly Value[] {
  if (kwargs.size > 0) throw typeError(`${name}() takes no keyword arguments`);
  if (args.length < least || args.length > most) {
    throw typeError(
      `${name} expected ${least === most ? '' : args.length < least ? 'at least ' : 'at most '}${args.length < least ? least : most} arguments, got ${args.length}`,
    );
  }
  return args;
}

export function unsupported(operator: string, left: Value, right: Value): Error {
  return typeError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

/** An int that fits JS's array indices and the like. @throws Raised TypeError where it is no int, OverflowError where it is too large */
export function toIndex(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') throw raised('OverflowError', 'Python int too large to convert to C ssize_t');
  throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}
