import { equal, orderOfSequences } from './compare.ts';
import { checkList, raised, typeError } from './error.ts';
import { keyText } from './key.ts';
import { type BinaryOperator, PyObject, toIndex, typeName, type Value } from './object.ts';
import { isRepeatable, times } from './repeat.ts';
import { reprOf, reprOfItems } from './text.ts';

/** A tuple: as a list, but it never changes and can be a key. */
export class Tuple extends PyObject {
  readonly typeName: string = 'tuple';
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }

  override repr(): string {
    if (this.items.length === 1) return `(${reprOf(this.items[0]!)},)`;
    return `(${reprOfItems(this, this.items, reprOf)})`;
  }

  override size(): number {
    return this.items.length;
  }

  override iterate(): Iterator<Value> {
    return this.items[Symbol.iterator]();
  }

  override item(key: Value): Value {
    const at = listIndex(key, this.items.length, 'tuple');
    return this.items[at]!;
  }

  override equals(other: Value): boolean | undefined {
    if (!(other instanceof Tuple)) return undefined;
    if (this.items.length !== other.items.length) return false;
    return this.items.every((item, at) => equal(item, other.items[at]!));
  }

  override order(other: Value): number | undefined {
    return other instanceof Tuple ? orderOfSequences(this.items, other.items) : undefined;
  }

  override key(): unknown {
    return `\0t${this.items.map(keyText).join('')}`;
  }

  override binary(operator: BinaryOperator, other: Value, reflected: boolean): Value | undefined {
    if (operator === '+' && other instanceof Tuple && !reflected) {
      checkList(this.items.length + other.items.length);
      return new Tuple([...this.items, ...other.items]);
    }
    if (operator === '*' && isRepeatable(other)) return new Tuple(times(this.items, other));
    return undefined;
  }

  override get isSubscriptable(): boolean {
    return true;
  }
}

/** A tuple whose places have names, such as what `groupby` gives. */
export class NamedTuple extends Tuple {
  override readonly typeName: string;
  readonly #names: readonly string[];

  constructor(name: string, names: readonly string[], items: readonly Value[]) {
    super(items);
    this.typeName = name;
    this.#names = names;
  }

  override attribute(name: string): Value | undefined {
    const at = this.#names.indexOf(name);
    return at < 0 ? undefined : this.items[at];
  }
}

/** The place in a sequence that an index means. @throws Raised TypeError or IndexError */
export function listIndex(key: Value, length: number, what: string): number {
  if (typeof key !== 'number' && typeof key !== 'boolean' && typeof key !== 'bigint') {
    throw typeError(`${what} indices must be integers or slices, not ${typeName(key)}`);
  }
  const index = typeof key === 'bigint' ? Number.POSITIVE_INFINITY : toIndex(key);
  const at = index < 0 ? index + length : index;
  if (at < 0 || at >= length) throw raised('IndexError', `${what} index out of range`);
  return at;
}
