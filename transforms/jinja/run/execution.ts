import { truth } from '../value/compare.ts';
import { raised } from '../value/error.ts';
import { BuiltinFunction, PyObject, type Value } from '../value/object.ts';
import { reprOf } from '../value/text.ts';
import { Undefined, type UndefinedKind } from '../value/undefined.ts';
import type { Frame, Origin } from './frame.ts';

/** Where a template's names come from. */
export interface Names {
  /** The value of a name, or undefined where there is none. */
  get(name: string): Value | undefined;
}

export type BlockBody = (execution: Execution) => string | Value[] | Promise<string | Value[]>;

/** What a template brings to a run of it. */
export interface TemplateFacts {
  readonly origin: Origin;
  readonly undefinedKind: UndefinedKind;
  readonly blocks: ReadonlyMap<string, BlockBody>;
  readonly native: boolean;
}

/** A template that is being run: what its code calls `X`. */
export class Execution {
  readonly frame: Frame;
  readonly origin: Origin;
  readonly undefinedKind: UndefinedKind;
  readonly blocks: ReadonlyMap<string, BlockBody>;
  /** Whether the result is a value: then `as_native` and the like mean something. */
  readonly native: boolean;
  /** What the template set at its top. */
  readonly vars = new Map<string, Value>();
  readonly #names: Names;

  constructor(frame: Frame, names: Names, facts: TemplateFacts) {
    this.frame = frame;
    this.origin = facts.origin;
    this.undefinedKind = facts.undefinedKind;
    this.blocks = facts.blocks;
    this.native = facts.native;
    this.#names = names;
  }

  resolve(name: string): Value | undefined {
    const own = this.vars.get(name);
    return own === undefined ? this.#names.get(name) : own;
  }

  undefined(name: string): Undefined {
    return new Undefined(this.undefinedKind, { name });
  }

  notProvided(name: string): Undefined {
    return new Undefined(this.undefinedKind, { hint: `parameter ${reprOf(name)} was not provided`, name });
  }

  noElse(): Undefined {
    const hint = 'the inline if-expression evaluated to false and no else section was defined.';
    return new Undefined(this.undefinedKind, { hint });
  }

  noParent(block: string): Undefined {
    return new Undefined(this.undefinedKind, {
      hint: `there is no parent block called ${reprOf(block)}.`,
      name: 'super',
    });
  }

  unknown(_input: Value, what: string, name: string): never {
    throw raised('TemplateRuntimeError', `No ${what} named ${reprOf(name)} found.`);
  }

  noLoader(_template: Value): never {
    throw raised('TypeError', 'no loader for this environment specified');
  }

  required(block: string): never {
    throw raised('TemplateRuntimeError', `Required block ${reprOf(block)} not found`);
  }

  escape(enabled: Value): void {
    if (truth(enabled)) throw raised('TemplateRuntimeError', 'autoescape cannot be switched on: SQL is not HTML');
  }

  /** The same run, as a scoped block sees it: with the names set where it stands. */
  with(names: readonly (readonly [string, Value | undefined])[]): Execution {
    const inner = new Execution(this.frame, this.#names, this);
    for (const [name, value] of this.vars) inner.vars.set(name, value);
    for (const [name, value] of names) if (value !== undefined) inner.vars.set(name, value);
    return inner;
  }

  self(): PyObject {
    return new TemplateReference(this);
  }
}

/** `self`: its items are the template's blocks, as functions. */
class TemplateReference extends PyObject {
  readonly typeName = 'TemplateReference';
  readonly #execution: Execution;

  constructor(execution: Execution) {
    super();
    this.#execution = execution;
  }

  override item(key: Value): Value {
    const block = typeof key === 'string' ? this.#execution.blocks.get(key) : undefined;
    if (block === undefined) throw raised('KeyError', reprOf(key));
    return new BuiltinFunction(String(key), () => {
      const body = block(this.#execution);
      return body instanceof Promise ? body.then(joinedBlock) : joinedBlock(body);
    });
  }
}

function joinedBlock(body: string | Value[]): string {
  return typeof body === 'string'
    ? body
    : body.map((value) => (typeof value === 'string' ? value : reprOf(value))).join('');
}
