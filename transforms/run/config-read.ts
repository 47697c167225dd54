import { millraceError } from '../../connectors/contract/index.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { textOf } from '../project/python-text.ts';
import { isMap, type Value, type ValueMap } from '../project/value.ts';

/** The config of a node, read by kind: what is there and of another kind is an error with the node's file, never a default. */
export class ConfigReader {
  readonly #node: ManifestNode;

  constructor(node: ManifestNode) {
    this.#node = node;
  }

  /** Under `config`, or in its `meta`, where dbt looks too for what it does not know itself. */
  value(name: string): Value | undefined {
    const own = this.#node.config[name];
    if (own !== undefined && own !== null) return own;
    const { meta } = this.#node.config;
    return (isMap(meta) ? meta.get(name) : undefined) ?? undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    throw this.wrong(name, 'text');
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.wrong(name, 'true or false');
  }

  /** A whole number from 0 up. */
  count(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= 0) return value;
    throw this.wrong(name, 'a whole number');
  }

  /** A list of names; one alone counts as a list of it. */
  names(name: string): string[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value : [value];
    if (list.every((item) => typeof item === 'string')) return list;
    throw this.wrong(name, 'a name or a list of names');
  }

  maps(name: string): ValueMap[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every(isMap)) return value;
    throw this.wrong(name, 'a list of maps');
  }

  map(name: string): ValueMap {
    const value = this.value(name);
    if (value === undefined) return new Map();
    if (isMap(value)) return value;
    throw this.wrong(name, 'a map');
  }

  /** One of a few words. */
  word<Word extends string>(name: string, words: readonly Word[], otherwise: Word): Word {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const word = words.find((known) => known === value.toLowerCase());
    if (word !== undefined) return word;
    throw this.wrong(name, `one of ${words.join(', ')}`);
  }

  wrong(name: string, wanted: string): Error {
    const value = this.value(name);
    const found = value === undefined ? 'nothing' : textOf(value);
    return millraceError('model.invalid', `\`${name}\` of ${this.#node.name} is ${found}; it has to be ${wanted}`, {
      at: this.#node.original_file_path,
    });
  }
}
