import { Markup } from '../value/markup.ts';
import { PyObject, type Value } from '../value/object.ts';
import { textOf } from '../value/text.ts';
import type { Filter } from './filter.ts';

export type MarkKind = 'text' | 'native' | 'bool' | 'number';

/** A text that says how a native template is to end: as it is, or as the literal that it is. */
export class Marked extends PyObject {
  readonly typeName: string;
  readonly kind: MarkKind;
  readonly marked: string;

  constructor(kind: MarkKind, marked: string) {
    super();
    this.kind = kind;
    this.marked = marked;
    this.typeName = `${kind[0]!.toUpperCase()}${kind.slice(1)}Marker`;
  }

  override text(): string {
    return this.marked;
  }

  override size(): number {
    return this.marked.length;
  }

  override iterate(): Iterator<Value> {
    return this.marked[Symbol.iterator]();
  }

  override equals(other: Value): boolean {
    return (
      (other instanceof Marked || typeof other === 'string' || other instanceof Markup) && textOf(other) === this.marked
    );
  }

  override key(): unknown {
    return this.marked;
  }

  override plain(): Value {
    return this.marked;
  }
}

/** In a native template these mark; in text they are the value itself. */
function mark(kind: MarkKind): Filter {
  return (X, value) => (X.native ? new Marked(kind, textOf(value)) : value);
}

export const nativeFilters: Readonly<Record<string, Filter>> = {
  as_bool: mark('bool'),
  as_native: mark('native'),
  as_number: mark('number'),
  as_text: mark('text'),
  is_list: (_X, value) => Array.isArray(value),
};
