import type { Places } from './places.ts';
import type { Value, ValueMap } from './value.ts';
import { MERGE, plainScalar, ScalarError } from './yaml-scalar.ts';

/**
 * The plain part of YAML that nearly all of a project's files are made of: block maps and lists, scalars and lists of them on one line.
 * Several times faster than all of YAML. Whatever is not of it, or wrong, is left to `readFullYaml`: this one never says that a text is wrong.
 */
export function readPlainYaml(text: string, places: Places): { value: Value } | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    const reader = new PlainReader(text, places);
    return { value: reader.document() };
  } catch (error) {
    if (error === NOT_PLAIN || error instanceof ScalarError) return undefined;
    throw error;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: tabs, carriage returns and what YAML does not allow
const UNUSUAL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|^(?:---|\.\.\.|%)/m;
const KEY = /^([A-Za-z_+][\w+./-]*(?: [\w+./-]+)*):(?: +|$)/;
const NOT_PLAIN = Symbol('not plain');

/** The rest of a line, from where its content, or the content of an entry of a list, begins. */
interface Line {
  indent: number;
  content: string;
  offset: number;
}

class PlainReader {
  readonly #lines: Line[];
  readonly #places: Places;
  #at = 0;

  constructor(text: string, places: Places) {
    this.#lines = linesOf(text);
    this.#places = places;
  }

  document(): Value {
    if (this.#lines.length === 0) return null;
    const value = this.#block();
    if (this.#at < this.#lines.length) throw NOT_PLAIN;
    return value;
  }

  #block(): Value {
    const line = this.#lines[this.#at]!;
    if (isEntry(line.content)) return this.#list(line.indent);
    if (KEY.test(line.content)) return this.#map(line.indent);
    throw NOT_PLAIN;
  }

  #map(indent: number): ValueMap {
    const map: ValueMap = new Map();
    const offsets = new Map<Value, number>();
    for (let line = this.#lines[this.#at]; line !== undefined && line.indent === indent; line = this.#lines[this.#at]) {
      const found = KEY.exec(line.content);
      if (found === null) break;
      const key = plainScalar(found[1]!);
      if (typeof key !== 'string') throw NOT_PLAIN;
      this.#at += 1;
      map.set(key, this.#valueOf(line.content.slice(found[0].length), indent, true));
      offsets.set(key, line.offset);
    }
    this.#places.note(map, offsets);
    return map;
  }

  #list(indent: number): Value[] {
    const list: Value[] = [];
    const offsets: number[] = [];
    for (let line = this.#lines[this.#at]; line !== undefined && line.indent === indent; line = this.#lines[this.#at]) {
      if (!isEntry(line.content)) break;
      const rest = line.content.slice(1).trimStart();
      offsets.push(line.offset + line.content.length - rest.length);
      list.push(this.#entry(line, rest, indent));
    }
    this.#places.note(list, offsets);
    return list;
  }

  /** What follows `- ` may be a block of its own, which begins in the middle of the line. */
  #entry(line: Line, rest: string, indent: number): Value {
    if (isEntry(rest) || KEY.test(rest)) {
      const shift = line.content.length - rest.length;
      this.#lines[this.#at] = { indent: indent + shift, content: rest, offset: line.offset + shift };
      return this.#inner(indent);
    }
    this.#at += 1;
    return this.#valueOf(rest, indent, false);
  }

  #valueOf(rest: string, indent: number, ofKey: boolean): Value {
    const next = this.#lines[this.#at];
    if (rest !== '' && !rest.startsWith('#')) {
      if (next !== undefined && next.indent > indent) throw NOT_PLAIN;
      return inline(rest);
    }
    if (next === undefined || next.indent < indent) return null;
    if (next.indent > indent) return this.#inner(indent);
    return ofKey && isEntry(next.content) ? this.#list(indent) : null;
  }

  /** A block that ends by a line further in than its parent's others is wrong. */
  #inner(indent: number): Value {
    const value = this.#block();
    const after = this.#lines[this.#at];
    if (after !== undefined && after.indent > indent) throw NOT_PLAIN;
    return value;
  }
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let from = start;
    while (from < end && text.charCodeAt(from) === 0x20) from += 1;
    if (from < end && text.charCodeAt(from) !== 0x23) {
      lines.push({ indent: from - start, content: text.slice(from, end).trimEnd(), offset: from });
    }
    start = end + 1;
  }
  return lines;
}

function isEntry(content: string): boolean {
  return content.charCodeAt(0) === 0x2d && (content.length === 1 || content.charCodeAt(1) === 0x20);
}

const DOUBLE = /^"([^"\\]*)"(?: +#.*)?$/;
const SINGLE = /^'([^']*)'(?: +#.*)?$/;
const FLOW_LIST = /^\[([^[\]{}#]*)\](?: +#.*)?$/;
const ITEM = /^ *(?:"([^"\\]*)"|'([^']*)'|([A-Za-z0-9_][\w .+/-]*)) *$/;

function inline(text: string): Value {
  switch (text[0]) {
    case '"':
      return (DOUBLE.exec(text) ?? notPlain())[1]!;
    case "'":
      return (SINGLE.exec(text) ?? notPlain())[1]!;
    case '[':
      return flowList((FLOW_LIST.exec(text) ?? notPlain())[1]!);
    default:
      return oneLine(text);
  }
}

function flowList(inside: string): Value[] {
  if (inside.trim() === '') return [];
  return inside.split(',').map((item) => {
    const [, double, single, plain] = ITEM.exec(item) ?? notPlain();
    return double ?? single ?? scalar(plain!.trimEnd());
  });
}

function oneLine(text: string): Value {
  if (/^[-?:,[\]{}#&*!|>'"%@`]/.test(text) && !/^-\d/.test(text)) throw NOT_PLAIN;
  const comment = text.indexOf(' #');
  const bare = comment < 0 ? text : text.slice(0, comment).trimEnd();
  if (bare.includes(': ') || bare.endsWith(':')) throw NOT_PLAIN;
  return scalar(bare);
}

function scalar(text: string): Value {
  const value = plainScalar(text);
  return value === MERGE ? notPlain() : value;
}

function notPlain(): never {
  throw NOT_PLAIN;
}
