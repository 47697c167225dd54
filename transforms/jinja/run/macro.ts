import { Dict } from '../value/dict.ts';
import { raised, typeError } from '../value/error.ts';
import { Callable, type Caller, type Kwargs, type Value } from '../value/object.ts';
import { quoted } from '../value/text.ts';
import { Tuple } from '../value/tuple.ts';
import { Undefined } from '../value/undefined.ts';
import type { Execution } from './execution.ts';
import type { Frame } from './frame.ts';

type MacroBody = (...args: readonly (Value | undefined)[]) => string | Promise<string>;

/** A macro of a template, or the body of a call block. */
export class Macro extends Callable {
  readonly typeName = 'Macro';
  readonly #execution: Execution;
  readonly #name: string | null;
  readonly #parameters: readonly string[];
  /** Which of caller, kwargs and varargs the body uses without declaring them. */
  readonly #special: readonly string[];
  readonly #body: MacroBody;

  constructor(
    execution: Execution,
    name: string | null,
    parameters: readonly string[],
    special: readonly string[],
    body: MacroBody,
  ) {
    super();
    this.#execution = execution;
    this.#name = name;
    this.#parameters = parameters;
    this.#special = special;
    this.#body = body;
  }

  override repr(): string {
    return `<Macro ${this.#name === null ? 'anonymous' : quoted(this.#name)}>`;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'name':
        return this.#name;
      case 'arguments':
        return new Tuple(this.#parameters);
      case 'caller':
        return this.#special.includes('caller');
      case 'catch_kwargs':
        return this.#special.includes('kwargs');
      case 'catch_varargs':
        return this.#special.includes('varargs');
      case 'explicit_caller':
        return this.#parameters.includes('caller');
      default:
        return undefined;
    }
  }

  override invoke(_caller: Caller, args: readonly Value[], kwargs: Kwargs): Value | Promise<Value> {
    const bound = this.#bind(args, kwargs);
    const { frame, origin } = this.#execution;
    frame.enter(this.#name?.replace('dbt_macro__', '') ?? 'caller', origin);
    return inside(frame, () => this.#body(...bound));
  }

  /** Puts arguments in order. What is missing stays undefined: the body fills it in. */
  #bind(args: readonly Value[], kwargs: Kwargs): (Value | undefined)[] {
    const count = this.#parameters.length;
    const rest = new Map(kwargs);
    const bound: (Value | undefined)[] = args.slice(0, count);
    let callerGiven = this.#parameters.includes('caller');
    if (bound.length < count) {
      callerGiven = false;
      for (const name of this.#parameters.slice(bound.length)) {
        bound.push(rest.get(name));
        rest.delete(name);
        if (name === 'caller') callerGiven = true;
      }
    }
    if (this.#special.includes('caller') && !callerGiven) {
      bound.push(
        rest.get('caller') ??
          new Undefined(this.#execution.undefinedKind, { hint: 'No caller defined', name: 'caller' }),
      );
      rest.delete('caller');
    }
    this.#bindRest(bound, args, rest);
    return bound;
  }

  #bindRest(bound: (Value | undefined)[], args: readonly Value[], rest: Map<string, Value>): void {
    const name = this.#name === null ? 'None' : quoted(this.#name);
    if (this.#special.includes('kwargs')) bound.push(Dict.of(rest));
    else if (rest.size > 0) {
      if (rest.has('caller')) {
        throw typeError(
          `macro ${name} was invoked with two values for the special caller argument. This is most likely a bug.`,
        );
      }
      throw typeError(`macro ${name} takes no keyword argument ${quoted([...rest.keys()][0]!)}`);
    }
    const count = this.#parameters.length;
    if (this.#special.includes('varargs')) bound.push(new Tuple(args.slice(count)));
    else if (args.length > count) throw typeError(`macro ${name} takes not more than ${count} argument(s)`);
  }
}

/** Runs what stands inside a frame that was entered, leaves it, and says of what is thrown where it was. */
export function inside(frame: Frame, run: () => Value | Promise<Value>): Value | Promise<Value> {
  let result: Value | Promise<Value>;
  try {
    result = run();
  } catch (thrown) {
    throw left(frame, thrown);
  }
  if (result instanceof Promise) {
    return result.then(
      (value) => {
        frame.leave();
        return value;
      },
      (thrown: unknown) => {
        throw left(frame, thrown);
      },
    );
  }
  frame.leave();
  return result;
}

function left(frame: Frame, thrown: unknown): unknown {
  const located = frame.located(thrown);
  frame.leave();
  return located;
}

/** @throws Raised where a render that cannot wait is given a promise */
export function settled(value: Value | Promise<Value>): Value {
  if (!(value instanceof Promise)) return value;
  // Nobody will look at it, and a rejection that nobody looks at ends the process.
  value.catch(() => undefined);
  throw raised('RuntimeError', 'a function that has to wait was called while parsing');
}
