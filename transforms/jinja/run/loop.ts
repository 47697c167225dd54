import { equal } from '../value/compare.ts';
import { raised, typeError } from '../value/error.ts';
import { iterate, PyIterator } from '../value/iterate.ts';
import { BuiltinFunction, Callable, type Caller, noKwargs, PyObject, positional, type Value } from '../value/object.ts';
import { Undefined } from '../value/undefined.ts';
import type { Execution } from './execution.ts';

type Recurse = (items: Value, depth: number) => Value | Promise<Value>;

/** `loop` inside a loop, and what drives it. */
export class Loop extends Callable {
  readonly typeName = 'LoopContext';
  readonly #execution: Execution;
  readonly #over: Value;
  readonly #depth: number;
  readonly #recurse: Recurse | null;
  #iterator: Iterator<Value>;
  #index = -1;
  #length: number | undefined;
  #current: Value | undefined;
  #before: Value | undefined;
  /** The next item where it was looked at already; `null` in the field where nobody looked. */
  #after: { readonly item: Value | undefined } | null = null;
  #changed: readonly Value[] | undefined;

  constructor(execution: Execution, over: Value, depth: number, recurse: Recurse | null) {
    super();
    this.#execution = execution;
    this.#over = over;
    this.#iterator = iterate(over);
    this.#depth = depth;
    this.#recurse = recurse;
  }

  /** The next item, or undefined at the end. */
  advance(): Value | undefined {
    const item = this.#after === null ? this.#pull() : this.#after.item;
    this.#after = null;
    if (item === undefined) return undefined;
    this.#index += 1;
    this.#before = this.#current;
    this.#current = item;
    return item;
  }

  #pull(): Value | undefined {
    const next = this.#iterator.next();
    return next.done ? undefined : next.value;
  }

  #peek(): Value | undefined {
    this.#after ??= { item: this.#pull() };
    return this.#after.item;
  }

  #next(): Value {
    const item = this.#peek();
    return item === undefined ? this.#none('there is no next item') : item;
  }

  override size(): number {
    if (this.#length !== undefined) return this.#length;
    const known = this.#knownLength();
    if (known !== undefined) {
      this.#length = known;
      return known;
    }
    const rest: Value[] = [];
    for (let item = this.#pull(); item !== undefined; item = this.#pull()) rest.push(item);
    this.#iterator = rest[Symbol.iterator]();
    this.#length = rest.length + this.#index + 1 + (this.#after?.item === undefined ? 0 : 1);
    return this.#length;
  }

  #knownLength(): number | undefined {
    if (typeof this.#over === 'string') return Array.from(this.#over).length;
    if (Array.isArray(this.#over)) return this.#over.length;
    return this.#over instanceof PyObject && !(this.#over instanceof PyIterator) ? this.#over.size() : undefined;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'index':
        return this.#index + 1;
      case 'index0':
        return this.#index;
      case 'revindex':
        return this.size() - this.#index;
      case 'revindex0':
        return this.size() - this.#index - 1;
      case 'first':
        return this.#index === 0;
      case 'last':
        return this.#peek() === undefined;
      case 'length':
        return this.size();
      case 'depth':
        return this.#depth + 1;
      case 'depth0':
        return this.#depth;
      case 'previtem':
        return this.#index === 0 ? this.#none('there is no previous item') : this.#before;
      case 'nextitem':
        return this.#next();
      case 'cycle':
        return new BuiltinFunction('cycle', (args) => this.#cycle(args), 'method');
      case 'changed':
        return new BuiltinFunction('changed', (args) => this.#isChanged(args), 'method');
      default:
        return undefined;
    }
  }

  #none(hint: string): Undefined {
    return new Undefined(this.#execution.undefinedKind, { hint });
  }

  #cycle(args: readonly Value[]): Value {
    if (args.length === 0) throw typeError('no items for cycling given');
    return args[((this.#index % args.length) + args.length) % args.length]!;
  }

  #isChanged(args: readonly Value[]): boolean {
    const former = this.#changed;
    this.#changed = args;
    return former === undefined || former.length !== args.length || !args.every((arg, at) => equal(arg, former[at]!));
  }

  override invoke(caller: Caller, args: readonly Value[]): Value | Promise<Value> {
    const [items] = positional('loop', 1, 1, args, noKwargs);
    if (this.#recurse === null) {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.");
    }
    caller.spend(1);
    if (this.#depth >= MOST_DEPTH) throw raised('RecursionError', `loops are nested more than ${MOST_DEPTH} deep`);
    return this.#recurse(items!, this.#depth + 1);
  }

  override iterate(): Iterator<Value> | undefined {
    return undefined;
  }

  override repr(): string {
    return `<LoopContext ${this.#index + 1}/${this.size()}>`;
  }

  override truth(): boolean {
    return this.size() > 0;
  }
}

const MOST_DEPTH = 200;
