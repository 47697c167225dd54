import { raised, typeError, valueError } from '../value/error.ts';
import { formatValue } from '../value/format-spec.ts';
import { type Kwargs, PyObject, positional, type Value } from '../value/object.ts';
import { reprOf, textOf } from '../value/text.ts';

/** How a field's `.name` and `[key]` are looked up: as the sandbox does. */
export interface LookUp {
  readonly attribute: (value: Value, name: string) => Value;
  readonly item: (value: Value, key: Value) => Value;
}

interface Fields {
  readonly by: LookUp;
  readonly args: readonly Value[];
  readonly named: (name: string) => Value;
  /** Number of the next `{}`; -1 once fields were numbered by hand, for the two do not mix. */
  next: number;
  manual: boolean;
}

/** `text.format(*args, **kwargs)`. */
export function formatText(by: LookUp, self: string, args: readonly Value[], kwargs: Kwargs): string {
  const named = (name: string) => {
    const value = kwargs.get(name);
    if (value === undefined) throw raised('KeyError', reprOf(name));
    return value;
  };
  return format(self, { by, args, named, next: 0, manual: false }, 2);
}

/** `text.format_map(mapping)`. */
export function formatMap(by: LookUp, self: string, args: readonly Value[], kwargs: Kwargs): string {
  const [mapping] = positional('format_map', 1, 1, args, kwargs);
  if (!(mapping instanceof PyObject)) throw typeError('format_map() argument must be a mapping');
  return format(self, { by, args: [], named: (name) => mapping.item(name), next: 0, manual: false }, 2);
}

function format(text: string, fields: Fields, depth: number): string {
  if (depth < 0) throw valueError('Max string recursion exceeded');
  let result = '';
  let at = 0;
  while (at < text.length) {
    const brace = nextBrace(text, at);
    result += text.slice(at, brace);
    if (brace === text.length) break;
    if (text[brace + 1] === text[brace]) {
      result += text[brace];
      at = brace + 2;
    } else if (text[brace] === '}') {
      throw valueError("Single '}' encountered in format string");
    } else {
      const end = fieldEnd(text, brace + 1);
      result += replacement(text.slice(brace + 1, end), fields, depth);
      at = end + 1;
    }
  }
  return result;
}

function nextBrace(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === '{' || text[at] === '}') return at;
  return text.length;
}

function fieldEnd(text: string, from: number): number {
  let depth = 1;
  let brackets = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '[') brackets = true;
    else if (character === ']') brackets = false;
    else if (character === '{' && !brackets) depth += 1;
    else if (character === '}' && !brackets) depth -= 1;
    if (depth === 0) return at;
  }
  throw valueError(
    from === text.length ? "Single '{' encountered in format string" : "expected '}' before end of string",
  );
}

/** A field is a name, and after it `!r`, `!s` or `!a` and `:specification`, which may hold fields again. */
function replacement(field: string, fields: Fields, depth: number): string {
  const end = nameEnd(field);
  const name = field.slice(0, end);
  let rest = field.slice(end);
  let value = lookUp(name, fields);
  if (rest.startsWith('!')) {
    const conversion = rest[1];
    if (conversion === undefined) throw valueError('end of string while looking for conversion specifier');
    if (rest.length > 2 && rest[2] !== ':') throw valueError("expected ':' after conversion specifier");
    if (conversion === 's') value = textOf(value);
    else if (conversion === 'r' || conversion === 'a') value = reprOf(value);
    else throw valueError(`Unknown conversion specifier ${conversion}`);
    rest = rest.slice(2);
  }
  const spec = rest.startsWith(':') ? format(rest.slice(1), fields, depth - 1) : '';
  return formatValue(value, spec);
}

function nameEnd(field: string): number {
  let brackets = false;
  for (let at = 0; at < field.length; at++) {
    if (field[at] === '[') brackets = true;
    else if (field[at] === ']') brackets = false;
    else if (!brackets && (field[at] === '!' || field[at] === ':')) return at;
    else if (field[at] === '{') throw valueError("unexpected '{' in field name");
  }
  return field.length;
}

function lookUp(name: string, fields: Fields): Value {
  const first = /^[^.[]*/.exec(name)![0];
  const steps = name.slice(first.length);
  let value = first === '' && steps !== '' ? fields.named('') : firstValue(first, fields);
  for (const match of steps.matchAll(/\.([^.[]*)|\[([^\]]*)\](?=$|[.[])|(.)/gs)) {
    const [, attribute, item, wrong] = match;
    if (wrong !== undefined) {
      throw valueError(
        wrong === '[' ? "Missing ']' in format string" : "Only '.' or '[' may follow ']' in format field specifier",
      );
    }
    if ((attribute ?? item) === '') throw valueError('Empty attribute in format string');
    if (attribute !== undefined) value = fields.by.attribute(value, attribute);
    else value = fields.by.item(value, /^\d+$/.test(item!) ? Number(item) : item!);
  }
  return value;
}

function firstValue(name: string, fields: Fields): Value {
  if (name !== '' && !/^\d+$/.test(name)) return fields.named(name);
  if (name === '' ? fields.manual : fields.next > 0) {
    throw valueError(
      name === ''
        ? 'cannot switch from manual field specification to automatic field numbering'
        : 'cannot switch from automatic field numbering to manual field specification',
    );
  }
  const at = name === '' ? fields.next++ : Number(name);
  if (name !== '') fields.manual = true;
  const value = fields.args[at];
  if (value === undefined) {
    throw raised('IndexError', `Replacement index ${at} out of range for positional args tuple`);
  }
  return value;
}
