import type { Node, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Places } from './places.ts';
import { Bytes, Float, isMap, type Value, type ValueMap } from './value.ts';
import { yamlLibrary } from './yaml-library.ts';
import { MERGE, plainScalar, ScalarError, taggedScalar } from './yaml-scalar.ts';

/** What is not YAML, or is no value: an offset into the text, and what is wrong there. */
export class YamlProblem extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const SET = 'tag:yaml.org,2002:set';
// biome-ignore lint/suspicious/noControlCharactersInRegex: what YAML does not allow
const FOREIGN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;
const PLAIN_TAGS: ReadonlySet<string | undefined> = new Set([
  'tag:yaml.org,2002:map',
  'tag:yaml.org,2002:seq',
  '!',
  undefined,
]);

/**
 * YAML as PyYAML reads it, with libyaml below as dbt has it. It refuses a little more: `!!omap` and `!!pairs`, values that hold themselves,
 * and quoted text that goes on at the edge of the file; and takes a tab after `- `. An empty text is null. @throws YamlProblem */
export function readFullYaml(text: string, places: Places): Value {
  const foreign = FOREIGN.exec(text);
  if (foreign !== null) throw new YamlProblem('not YAML: a character that YAML does not allow', foreign.index);
  const document = yamlLibrary().parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const error = document.errors.find(({ message }) => !message.startsWith('Comments must be separated'));
  if (error !== undefined) throw new YamlProblem(`not YAML: ${error.message}`, error.pos[0]);
  return document.contents === null ? null : new Construction(places, text).value(document.contents);
}

/** Nodes to values, as PyYAML's constructor goes through them. */
class Construction {
  readonly #places: Places;
  readonly #text: string;
  readonly #anchors = new Map<string, Node>();
  readonly #made = new Map<Node, Value>();
  readonly #open = new Set<Node>();

  constructor(places: Places, text: string) {
    this.#places = places;
    this.#text = text;
  }

  value(node: Node): Value {
    const target = this.#resolved(node);
    const made = this.#made.get(target);
    if (made !== undefined) return made;
    if (yamlLibrary().isScalar(target)) return this.#scalar(target);
    if (this.#open.has(target)) throw problemAt(target, 'a value that holds itself is not read');
    this.#open.add(target);
    const value = yamlLibrary().isMap(target) ? this.#mapping(target) : this.#sequence(target as YAMLSeq);
    this.#open.delete(target);
    this.#made.set(target, value);
    return value;
  }

  /** An alias stands for the node that had its name last. */
  #resolved(node: Node): Node {
    if (!yamlLibrary().isAlias(node)) {
      const { anchor } = node as Scalar;
      if (anchor !== undefined) this.#name(anchor, node);
      return node;
    }
    const target = this.#anchors.get(node.source);
    if (target === undefined) throw problemAt(node, `not YAML: there is no anchor &${node.source} before this`);
    return target;
  }

  #name(anchor: string, node: Node): void {
    const named = this.#anchors.get(anchor);
    if (named !== undefined && named !== node) throw problemAt(node, `not YAML: the anchor &${anchor} is there twice`);
    this.#anchors.set(anchor, node);
  }

  #scalar(node: Scalar): Value {
    const value = this.#read(node);
    if (value === MERGE) throw problemAt(node, '`<<` merges maps, and is no value');
    return value;
  }

  #read(node: Scalar): Value | typeof MERGE {
    const text = this.#textOf(node);
    try {
      if (node.tag === '!') return plainScalar(text);
      if (node.tag !== undefined) return taggedScalar(node.tag, text);
      return node.type === 'PLAIN' || node.type === undefined ? plainScalar(text) : text;
    } catch (error) {
      if (error instanceof ScalarError) throw problemAt(node, error.message);
      throw error;
    }
  }

  /** The last line of a block that ends the file without a line break has none. */
  #textOf(node: Scalar): string {
    const text = String(node.value ?? '');
    if (node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED') return text;
    const cut = text.endsWith('\n') && !this.#text.endsWith('\n') && node.range![1] >= this.#text.length;
    return cut ? text.slice(0, -1) : text;
  }

  #sequence(node: YAMLSeq): Value {
    if (!PLAIN_TAGS.has(node.tag)) throw problemAt(node, `the tag ${node.tag} is not read`);
    const items = node.items as Node[];
    const list = items.map((item) => this.value(item));
    this.#places.note(list, items.map(startOf));
    return list;
  }

  #mapping(node: YAMLMap): Value {
    const isSet = node.tag === SET;
    if (!isSet && !PLAIN_TAGS.has(node.tag)) throw problemAt(node, `the tag ${node.tag} is not read`);
    const map = this.#entries(node);
    return isSet ? new Set(map.keys()) : map;
  }

  /** Merged entries come first, those of the map itself win; a key that comes again keeps its place and takes the later value. */
  #entries(node: YAMLMap): ValueMap {
    const map: ValueMap = new Map();
    const offsets = new Map<Value, number>();
    const keys = new Map<unknown, Value>();
    const put = (key: Value, value: Value, offset: number) => {
      const hash = hashOf(key);
      const known = keys.has(hash) ? keys.get(hash)! : key;
      keys.set(hash, known);
      map.set(known, value);
      offsets.set(known, offset);
    };
    const own: [Value, Value, number][] = [];
    const merged: ValueMap[] = [];
    for (const { key, value } of node.items as { key: Node; value: Node | null }[]) {
      if (this.#isMerge(key)) merged.push(...this.#merged(value, key));
      else own.push([this.#key(key), value === null ? null : this.value(value), startOf(key)]);
    }
    for (const source of merged) {
      const places = this.#places.offsetsOf(source) as Map<Value, number>;
      for (const [key, value] of source) put(key, value, places.get(key)!);
    }
    for (const [key, value, offset] of own) put(key, value, offset);
    this.#places.note(map, offsets);
    return map;
  }

  #isMerge(key: Node): boolean {
    return yamlLibrary().isScalar(key) && key.tag === undefined && key.type === 'PLAIN' && key.value === '<<';
  }

  /** Of a list of maps the first wins, so it comes last. */
  #merged(value: Node | null, key: Node): ValueMap[] {
    const found = value === null ? null : this.value(value);
    if (isMap(found)) return [found];
    if (Array.isArray(found) && found.every(isMap)) return found.toReversed();
    throw problemAt(value ?? key, '`<<` needs a map or a list of maps');
  }

  #key(node: Node): Value {
    const key = yamlLibrary().isScalar(node) && node.value === '=' && node.type === 'PLAIN' ? '=' : this.value(node);
    if (Array.isArray(key) || isMap(key) || key instanceof Set) {
      throw problemAt(node, 'a key may not be a map or a list');
    }
    return key;
  }
}

/** Keys that Python holds for the same: `1`, `1.0` and `true` are. */
function hashOf(key: Value): unknown {
  if (typeof key === 'boolean') return Number(key);
  if (key instanceof Float) return key.value;
  if (typeof key === 'string') return `s${key}`;
  if (key instanceof Bytes) return `b${Buffer.from(key.bytes).toString('hex')}`;
  return typeof key === 'object' && key !== null ? `m${JSON.stringify(key)}` : key;
}

function startOf(node: Node): number {
  return (node as ParsedNode).range?.[0] ?? 0;
}

function problemAt(node: Node, message: string): YamlProblem {
  return new YamlProblem(message, startOf(node));
}
