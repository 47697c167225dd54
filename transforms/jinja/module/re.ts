import { Dict } from '../value/dict.ts';
import { raised, typeError } from '../value/error.ts';
import { PyIterator } from '../value/iterate.ts';
import { BuiltinFunction, bind, type Kwargs, PyObject, toIndex, typeName, type Value } from '../value/object.ts';
import { reprOf } from '../value/text.ts';
import { Tuple } from '../value/tuple.ts';
import { Module } from './module.ts';
import { compilePattern, FLAGS } from './pattern.ts';

/** What `re.match` and the like give. Places are of UTF-16 units where Python's are of characters. */
class Match extends PyObject {
  readonly typeName = 're.Match';
  readonly found: RegExpExecArray;

  constructor(found: RegExpExecArray) {
    super();
    this.found = found;
  }

  override item(key: Value): Value {
    const value = typeof key === 'string' ? this.#named(key) : this.found[toIndex(key)];
    if (value === undefined && !this.#has(key)) throw raised('IndexError', 'no such group');
    return value ?? null;
  }

  #named(name: string): string | undefined {
    return this.found.groups?.[name];
  }

  #has(key: Value): boolean {
    if (typeof key === 'string') return this.found.groups !== undefined && Object.hasOwn(this.found.groups, key);
    return toIndex(key) < this.found.length;
  }

  #span(key: Value): readonly [number, number] {
    const { indices } = this.found;
    const place = typeof key === 'string' ? indices?.groups?.[key] : indices?.[toIndex(key)];
    return place ?? [-1, -1];
  }

  override attribute(name: string): Value | undefined {
    if (name === 'string') return this.found.input;
    const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
    return method === undefined ? undefined : new BuiltinFunction(name, method);
  }

  readonly #methods: Readonly<Record<string, (args: readonly Value[], kwargs: Kwargs) => Value>> = {
    group: (args) => (args.length > 1 ? new Tuple(args.map((key) => this.item(key))) : this.item(args[0] ?? 0)),
    groups: (args, kwargs) => {
      const [otherwise = null] = bind('groups', ['default?'], args, kwargs);
      return new Tuple(this.found.slice(1).map((value) => value ?? otherwise));
    },
    groupdict: (args, kwargs) => {
      const [otherwise = null] = bind('groupdict', ['default?'], args, kwargs);
      return Dict.of(
        Object.entries(this.found.groups ?? {}).map(([name, value]) => [name, value ?? otherwise] as const),
      );
    },
    start: ([key = 0]) => this.#span(key)[0],
    end: ([key = 0]) => this.#span(key)[1],
    span: ([key = 0]) => new Tuple([...this.#span(key)]),
  };

  override truth(): boolean {
    return true;
  }

  override repr(): string {
    return `<re.Match object; span=${reprOf(new Tuple([...this.#span(0)]))}, match=${reprOf(this.found[0])}>`;
  }
}

/** What `re.compile` gives. */
class Pattern extends PyObject {
  readonly typeName = 're.Pattern';
  readonly source: string;
  readonly #regex: RegExp;

  constructor(source: string, flags: number) {
    super();
    this.source = source;
    this.#regex = compilePattern(source, flags);
  }

  override attribute(name: string): Value | undefined {
    if (name === 'pattern') return this.source;
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    return method === undefined ? undefined : new BuiltinFunction(name, (args, kwargs) => method(this, args, kwargs));
  }

  override repr(): string {
    return `re.compile(${reprOf(this.source)})`;
  }

  override key(): unknown {
    return `\0P${this.source}`;
  }

  all(text: string): RegExpExecArray[] {
    return [...text.matchAll(this.#regex)];
  }

  search(text: string): Value {
    const [found] = text.matchAll(this.#regex);
    return found === undefined ? null : new Match(found);
  }

  /** From the beginning, or of the whole. */
  match(text: string, whole: boolean): Value {
    const regex = new RegExp(
      whole ? `(?:${this.#regex.source})(?![\\s\\S])` : this.#regex.source,
      this.#regex.flags.replace('g', 'y'),
    );
    const found = regex.exec(text);
    return found === null ? null : new Match(found);
  }
}

type Method = (self: Pattern, args: readonly Value[], kwargs: Kwargs) => Value;

function text(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw typeError(`expected string or bytes-like object, got '${typeName(value ?? null)}'`);
}

/** What a findall gives of a match: the whole, its one group, or all of them. */
function shown(found: RegExpExecArray): Value {
  if (found.length === 1) return found[0];
  const groups = found.slice(1).map((group) => group ?? '');
  return groups.length === 1 ? groups[0]! : new Tuple(groups);
}

const METHODS: Readonly<Record<string, Method>> = {
  search: (self, args, kwargs) => self.search(text(bind('search', ['string'], args, kwargs)[0])),
  match: (self, args, kwargs) => self.match(text(bind('match', ['string'], args, kwargs)[0]), false),
  fullmatch: (self, args, kwargs) => self.match(text(bind('fullmatch', ['string'], args, kwargs)[0]), true),
  findall: (self, args, kwargs) => self.all(text(bind('findall', ['string'], args, kwargs)[0])).map(shown),
  finditer: (self, args, kwargs) => {
    const found = self.all(text(bind('finditer', ['string'], args, kwargs)[0]));
    return new PyIterator(
      found.map((one) => new Match(one)),
      'callable_iterator',
    );
  },
  split: (self, args, kwargs) => {
    const [value, most = 0] = bind('split', ['string', 'maxsplit?'], args, kwargs);
    return split(self, text(value), toIndex(most));
  },
  sub: (self, args, kwargs) => {
    const [by, value, most = 0] = bind('sub', ['repl', 'string', 'count?'], args, kwargs);
    return replaced(self, text(by), text(value), toIndex(most))[0];
  },
  subn: (self, args, kwargs) => {
    const [by, value, most = 0] = bind('subn', ['repl', 'string', 'count?'], args, kwargs);
    return new Tuple(replaced(self, text(by), text(value), toIndex(most)));
  },
};

function split(self: Pattern, value: string, most: number): Value {
  const parts: Value[] = [];
  let from = 0;
  for (const [count, found] of self.all(value).entries()) {
    if (most > 0 && count >= most) break;
    parts.push(value.slice(from, found.index), ...found.slice(1).map((group) => group ?? null));
    from = found.index + found[0].length;
  }
  parts.push(value.slice(from));
  return parts;
}

function replaced(self: Pattern, by: string, value: string, most: number): [string, number] {
  let out = '';
  let from = 0;
  let count = 0;
  for (const found of self.all(value)) {
    if (most > 0 && count >= most) break;
    out += value.slice(from, found.index) + expanded(by, found);
    from = found.index + found[0].length;
    count += 1;
  }
  return [out + value.slice(from), count];
}

const CONTROLS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\\': '\\',
};

/** `\1`, `\g<1>` and `\g<name>` in what replaces. */
function expanded(by: string, found: RegExpExecArray): string {
  return by.replace(/\\(?:g<(\w+)>|(\d{1,2})|([\s\S]))/g, (whole, name?: string, number?: string, char?: string) => {
    const key = name ?? number;
    if (key === undefined) return CONTROLS[char!] ?? whole;
    const group = /^\d+$/.test(key) ? found[Number(key)] : found.groups?.[key];
    if (group === undefined && /^\d+$/.test(key) && Number(key) >= found.length) {
      throw raised('ValueError', `invalid group reference ${key}`);
    }
    return group ?? '';
  });
}

/** Patterns that were compiled, so that a loop compiles its own once. */
const known = new Map<string, Pattern>();

function patternOf(value: Value, flags: number): Pattern {
  if (value instanceof Pattern) return value;
  const source = text(value);
  const key = `${flags} ${source}`;
  const found = known.get(key) ?? new Pattern(source, flags);
  if (known.size < 512) known.set(key, found);
  return found;
}

/** `re.sub(pattern, ...)`: the method of the pattern, with `flags` as the last argument or by name. */
function moduleFunction(name: string, method: Method, most: number): Value {
  return new BuiltinFunction(name, ([pattern, ...args], kwargs) => {
    const rest = new Map(kwargs);
    const first = pattern ?? rest.get('pattern');
    rest.delete('pattern');
    const flags = rest.get('flags') ?? args[most];
    rest.delete('flags');
    if (first === undefined) throw typeError(`${name}() missing required argument: 'pattern'`);
    return method(patternOf(first, flags === undefined ? 0 : toIndex(flags)), args.slice(0, most), rest);
  });
}

const ARGUMENTS: Readonly<Record<string, number>> = { search: 1, match: 1, fullmatch: 1, findall: 1, finditer: 1, split: 2, sub: 3, subn: 3 }; // biome-ignore format: a table

const flagNames: readonly (readonly [string, Value])[] = Object.entries(FLAGS).flatMap(([name, value]) => [
  [name, value] as const,
  [name === 'DOTALL' ? 'S' : name === 'VERBOSE' ? 'X' : name[0]!, value] as const,
]);

/** What of `re` templates use. What replaces is a text: no function is called. */
export const reModule = new Module(
  new Map<string, Value>([
    ...flagNames,
    ...Object.entries(METHODS).map(([name, method]) => [name, moduleFunction(name, method, ARGUMENTS[name]!)] as const),
    ['compile', new BuiltinFunction('compile', (args, kwargs) => {
      const [pattern, flags = 0] = bind('compile', ['pattern', 'flags?'], args, kwargs);
      return patternOf(pattern!, toIndex(flags));
    })],
    ['escape', new BuiltinFunction('escape', (args, kwargs) => text(bind('escape', ['pattern'], args, kwargs)[0]).replace(/[\t\n\v\f\r !"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]/g, (char) => (/["!%',/:;<=>@`]/.test(char) ? char : `\\${char}`)))],
  ]),
); // biome-ignore format: a table
