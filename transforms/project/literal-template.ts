import { reprOf, textOf } from './python-text.ts';
import type { HostFunction, TemplateContext } from './renderer.ts';
import { Float, isMap, type Value, type ValueMap } from './value.ts';

/**
 * Templates that hold no more than calls and names with literal arguments, `{{ ref('orders') }}` or `{{ env_var('X', '1') | as_number }}`:
 * most of a project's. They need no engine. Whatever else there is gives `undefined`, and is the engine's.
 */

/** The value of a template as dbt's native environment has it; undefined where the engine is needed. */
export function renderLiteral(template: string, context: TemplateContext): { value: Value } | undefined {
  const parts = partsOf(template);
  if (parts === undefined) return undefined;
  const values: Value[] = [];
  for (const part of parts) {
    if (typeof part === 'string') values.push(part);
    else {
      const found = evaluate(part, context);
      if (found === undefined) return undefined;
      values.push(found.value);
    }
  }
  return { value: values.length === 1 ? values[0]! : values.map(textOf).join('') };
}

/** Runs the calls of a node's code; false, with nothing called, where the engine is needed. */
export function callLiterals(code: string, functions: Readonly<Record<string, HostFunction>>): boolean {
  const parts = partsOf(code);
  if (parts === undefined) return false;
  const expressions = parts.filter((part) => typeof part !== 'string');
  const only = Object.fromEntries(Object.entries(functions).map(([name]) => [name, () => null]));
  const isCall = (part: Expression) => evaluate(part, { values: {}, functions: only }, true) !== undefined;
  if (!expressions.every(isCall)) return false;
  for (const part of expressions) evaluate(part, { values: {}, functions });
  return true;
}

interface Expression {
  readonly source: string;
}

/** Text and expressions in turn; undefined where there is a statement, a remark or a sign for spaces. */
function partsOf(template: string): (string | Expression)[] | undefined {
  const parts: (string | Expression)[] = [];
  let at = 0;
  for (;;) {
    const open = template.indexOf('{', at);
    if (open < 0) break;
    const next = template[open + 1];
    if (next === '%' || next === '#') return undefined;
    if (next !== '{') {
      parts.push(template.slice(at, open + 1));
      at = open + 1;
      continue;
    }
    const close = template.indexOf('}}', open);
    const source = close < 0 ? '' : template.slice(open + 2, close);
    if (close < 0 || /^[-+]|[-+]$|[{}]/.test(source)) return undefined;
    parts.push(template.slice(at, open), { source });
    at = close + 2;
  }
  const rest = template.slice(at);
  // The engine's environment drops one line break at the end of a template.
  parts.push(rest.endsWith('\n') ? rest.slice(0, -1) : rest);
  return joined(parts);
}

function joined(parts: readonly (string | Expression)[]): (string | Expression)[] {
  const out: (string | Expression)[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' && typeof last === 'string') out[out.length - 1] = last + part;
    else out.push(part);
  }
  return out;
}

const NOT_LITERAL = Symbol('not literal');

function evaluate({ source }: Expression, context: TemplateContext, callOnly = false): { value: Value } | undefined {
  try {
    return { value: new LiteralReader(source, context).whole(callOnly) };
  } catch (error) {
    if (error === NOT_LITERAL) return undefined;
    throw error;
  }
}

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d+)?)(?![\w.])|'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)"|(?<sign>[()[\]{}:,.|=-]))/y;

interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'sign' | 'end';
  readonly text: string;
}

class LiteralReader {
  readonly #tokens: Token[] = [];
  readonly #context: TemplateContext;
  #at = 0;

  constructor(source: string, context: TemplateContext) {
    this.#context = context;
    TOKEN.lastIndex = 0;
    const end = source.trimEnd().length;
    while (TOKEN.lastIndex < end) {
      const groups = TOKEN.exec(source)?.groups;
      if (groups === undefined) throw NOT_LITERAL;
      this.#tokens.push(tokenOf(groups));
    }
  }

  whole(callOnly: boolean): Value {
    if (callOnly && !(this.#peek().kind === 'name' && this.#peek(1).text === '(')) throw NOT_LITERAL;
    let value = this.#value();
    while (this.#take('|')) value = filtered(value, this.#next('name').text);
    if (this.#peek().kind !== 'end') throw NOT_LITERAL;
    return value;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: 'end', text: '' };
  }

  #take(sign: string): boolean {
    const found = this.#peek().kind === 'sign' && this.#peek().text === sign;
    if (found) this.#at += 1;
    return found;
  }

  #next(kind: Token['kind']): Token {
    const token = this.#peek();
    if (token.kind !== kind) throw NOT_LITERAL;
    this.#at += 1;
    return token;
  }

  #need(sign: string): void {
    if (!this.#take(sign)) throw NOT_LITERAL;
  }

  #value(): Value {
    const token = this.#peek();
    if (token.kind === 'text') return this.#next('text').text;
    if (token.kind === 'number') return numberOf(this.#next('number').text);
    if (token.kind === 'name') return this.#named();
    if (this.#take('-')) return numberOf(`-${this.#next('number').text}`);
    if (this.#take('[')) return this.#list(']');
    if (this.#take('{')) return this.#map();
    throw NOT_LITERAL;
  }

  #named(): Value {
    const name = this.#next('name').text;
    if (/^(?:true|True)$/.test(name)) return true;
    if (/^(?:false|False)$/.test(name)) return false;
    if (/^(?:none|None)$/.test(name)) return null;
    if (this.#take('(')) return this.#call(name);
    return this.#path(name);
  }

  #call(name: string): Value {
    const called = Object.hasOwn(this.#context.functions, name) ? this.#context.functions[name] : undefined;
    if (called === undefined) throw NOT_LITERAL;
    const args: Value[] = [];
    const kwargs = new Map<string, Value>();
    while (!this.#take(')')) {
      if (this.#peek().kind === 'name' && this.#peek(1).text === '=') {
        const key = this.#next('name').text;
        this.#need('=');
        kwargs.set(key, this.#value());
      } else if (kwargs.size > 0) throw NOT_LITERAL;
      else args.push(this.#value());
      if (!this.#take(',') && this.#peek().text !== ')') throw NOT_LITERAL;
    }
    if (this.#peek().text === '.' || this.#peek().text === '(') throw NOT_LITERAL;
    return called(args, kwargs);
  }

  #path(name: string): Value {
    let value: Value | undefined = Object.hasOwn(this.#context.values, name) ? this.#context.values[name] : undefined;
    while (this.#take('.')) {
      const key = this.#next('name').text;
      value = isMap(value) ? value.get(key) : undefined;
    }
    if (value === undefined || this.#peek().text === '(') throw NOT_LITERAL;
    return value;
  }

  #list(end: string): Value[] {
    const list: Value[] = [];
    while (!this.#take(end)) {
      list.push(this.#value());
      if (!this.#take(',') && this.#peek().text !== end) throw NOT_LITERAL;
    }
    return list;
  }

  #map(): ValueMap {
    const map: ValueMap = new Map();
    while (!this.#take('}')) {
      const key = this.#next('text').text;
      this.#need(':');
      map.set(key, this.#value());
      if (!this.#take(',') && this.#peek().text !== '}') throw NOT_LITERAL;
    }
    return map;
  }
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token {
  if (groups.name !== undefined) return { kind: 'name', text: groups.name };
  if (groups.number !== undefined) return { kind: 'number', text: groups.number };
  if (groups.sign !== undefined) return { kind: 'sign', text: groups.sign };
  return { kind: 'text', text: (groups.single ?? groups.double)! };
}

function numberOf(text: string): Value {
  if (text.includes('.')) return new Float(Number(text));
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** dbt's filters for YAML files, where they do no more than read text as the literal that it is. */
function filtered(value: Value, filter: string): Value {
  if (filter === 'as_text') return typeof value === 'string' ? value : reprOf(value);
  if (typeof value !== 'string') {
    if (filter === 'as_bool' && typeof value === 'boolean') return value;
    if (filter === 'as_number' && (typeof value === 'number' || value instanceof Float)) return value;
    throw NOT_LITERAL;
  }
  const bool = filter === 'as_bool' && /^(?:True|False)$/.test(value);
  if (bool) return value === 'True';
  if (filter === 'as_number' && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value)) return numberOf(value);
  throw NOT_LITERAL;
}
