import { itemOf } from '../attribute.ts';
import type { Execution } from '../run/execution.ts';
import { raised, typeError } from '../value/error.ts';
import { Markup } from '../value/markup.ts';
import type { Kwargs, Value } from '../value/object.ts';
import { Undefined } from '../value/undefined.ts';

/** A filter or test: the render, what stands left of the `|` or `is`, and arguments. */
export type Filter = (X: Execution, value: Value, args: readonly Value[], kwargs: Kwargs) => Value;
export type Test = (X: Execution, value: Value, args: readonly Value[], kwargs: Kwargs) => boolean;

/** The text of a str or Markup, or undefined. */
export function textIn(value: Value | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Markup ? value.html : undefined;
}

/** What is made of text that may be marked as safe is marked so too. */
export function like(value: Value, text: string): Value {
  return value instanceof Markup ? new Markup(text) : text;
}

type Getter = (item: Value) => Value;

/** Text is compared without case unless that is asked for. */
export function ignoreCase(value: Value): Value {
  if (typeof value === 'string') return value.toLowerCase();
  return value instanceof Markup ? value.html.toLowerCase() : value;
}

const same: Getter = (item) => item;

/** What `attribute='a.b.0'` means: items one after the other. */
export function attributeGetter(
  X: Execution,
  attribute: Value,
  { after = same, otherwise = null }: { readonly after?: Getter; readonly otherwise?: Value } = {},
): Getter {
  const parts = attributeParts(attribute);
  return (item) => {
    let value = item;
    for (const part of parts) {
      value = itemOf(X, value, part);
      if (otherwise !== null && value instanceof Undefined) value = otherwise;
    }
    return after(value);
  };
}

/** The same for several attributes, with commas between them: a list of what they give. */
export function attributesGetter(X: Execution, attribute: Value, after: Getter = same): Getter {
  const text = textIn(attribute);
  const names: readonly Value[] = text === undefined ? [attribute] : text.split(',');
  const getters = names.map((name) => attributeGetter(X, name, { after }));
  return (item) => getters.map((get) => get(item));
}

function attributeParts(attribute: Value): readonly Value[] {
  if (attribute === null) return [];
  const text = textIn(attribute);
  if (text === undefined) return [attribute];
  return text.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

export function argumentError(message: string): Error {
  return raised('FilterArgumentError', message);
}

export function notText(value: string): Error {
  return typeError(`expected a text, not ${value}`);
}
