import { millraceError } from '../../connectors/contract/index.ts';
import { isMap, truthOf, type Value, type ValueMap } from '../project/value.ts';
import type { YamlFile } from '../project/yaml-file.ts';
import {
  type Criterion,
  type IndirectMode,
  indirectModes,
  mixed,
  parseMethod,
  parseTerm,
  type Selection,
} from './selection-spec.ts';

/** A named selection of `selectors.yml`. */
export interface NamedSelection {
  readonly name: string;
  readonly description: string;
  /** Taken where the command line names none. */
  readonly isDefault: boolean;
  readonly selection: Selection;
  /** As written, for the manifest. */
  readonly definition: Value;
}

/**
 * The selections of a file, each of which may use those before it.
 * @throws MillraceError `select.invalid` with the place
 */
export function readSelectors(file: YamlFile, indirect: IndirectMode = 'eager'): Map<string, NamedSelection> {
  return new SelectorsReader(file, indirect).read();
}

class SelectorsReader {
  readonly #file: YamlFile;
  readonly #indirect: IndirectMode;
  readonly #named = new Map<string, NamedSelection>();

  constructor(file: YamlFile, indirect: IndirectMode) {
    this.#file = file;
    this.#indirect = indirect;
  }

  read(): Map<string, NamedSelection> {
    const { value } = this.#file;
    const entries = isMap(value) ? value.get('selectors') : undefined;
    if (!Array.isArray(entries)) throw this.#error('expected a list under `selectors`', value);
    for (const entry of entries) this.#add(entry);
    return this.#named;
  }

  #add(entry: Value): void {
    const name = isMap(entry) ? entry.get('name') : undefined;
    if (!isMap(entry) || typeof name !== 'string') throw this.#error('a selector needs a `name`', entry);
    const definition = entry.get('definition');
    if (definition === undefined) throw this.#error(`the selector ${name} has no \`definition\``, entry);
    if (this.#named.has(name)) throw this.#error(`the selector ${name} is there twice`, entry, 'name');
    const isDefault = truthOf(entry.get('default'));
    const other = [...this.#named.values()].find((known) => known.isDefault);
    if (isDefault && other !== undefined) {
      throw this.#error(`both ${other.name} and ${name} are the default selector`, entry, 'default');
    }
    const description = entry.get('description');
    const text = typeof description === 'string' ? description : '';
    this.#named.set(name, { name, description: text, isDefault, selection: this.#root(definition, entry), definition });
  }

  #root(definition: Value, entry: ValueMap): Selection {
    if (isMap(definition) && definition.size > 1 && (definition.has('union') || definition.has('intersection'))) {
      throw this.#error('a definition has one of `union` and `intersection`, and nothing beside it', definition);
    }
    return this.#definition(definition, entry);
  }

  #definition(definition: Value, around: Value): Selection {
    if (typeof definition === 'string') return parseTerm(definition, this.#indirect);
    if (!isMap(definition)) throw this.#error('expected text or a map', around);
    if (definition.has('union')) return this.#combination('union', definition);
    if (definition.has('intersection')) return this.#combination('intersection', definition);
    return this.#term(definition);
  }

  /** An entry `exclude` is taken off what the others make. */
  #combination(kind: 'union' | 'intersection', definition: ValueMap): Selection {
    const entries = this.#list(definition, kind);
    const isExclusion = (entry: Value): entry is ValueMap =>
      isMap(entry) && entry.has('exclude') && !entry.has('method');
    const exclusions = entries.filter(isExclusion);
    if (exclusions.length > 1) throw this.#error(`\`${kind}\` has more than one \`exclude\``, exclusions[1]!);
    const parts = entries.filter((entry) => !isExclusion(entry)).map((entry) => this.#definition(entry, definition));
    return this.#less({ kind, parts, indirect: 'eager' }, exclusions[0]);
  }

  #less(selection: Selection, definition: ValueMap | undefined): Selection {
    if (definition === undefined) return selection;
    const parts = this.#list(definition, 'exclude').map((entry) => this.#definition(entry, definition));
    if (parts.length === 0) return selection;
    const excluded: Selection = parts.length === 1 ? parts[0]! : { kind: 'union', parts, indirect: 'eager' };
    return { kind: 'difference', parts: [selection, excluded], indirect: 'eager' };
  }

  #list(definition: ValueMap, key: string): Value[] {
    const list = definition.get(key);
    if (Array.isArray(list)) return list;
    throw this.#error(`expected a list under \`${key}\``, definition, key);
  }

  #term(definition: ValueMap): Selection {
    if (definition.size === 1) {
      const [[method, value]] = definition as unknown as [[Value, Value]];
      return this.#criterion(new Map<Value, Value>([['method', method], ['value', value]]), definition); // biome-ignore format: a pair
    }
    if (definition.get('method') === 'selector') return this.#inherited(definition);
    if (!definition.has('method') || !definition.has('value')) {
      throw this.#error('expected one key, or `method` and `value`', definition);
    }
    const criterion = this.#criterion(definition, definition);
    return this.#less(criterion, definition.has('exclude') ? definition : undefined);
  }

  #inherited(definition: ValueMap): Selection {
    const name = definition.get('value');
    const known = typeof name === 'string' ? this.#named.get(name) : undefined;
    if (known === undefined) throw this.#error(`no selector ${String(name)} stands before this`, definition, 'value');
    return known.selection;
  }

  #criterion(fields: ValueMap, place: ValueMap): Criterion {
    const method = fields.get('method');
    if (typeof method !== 'string') throw this.#error('`method` is not text', place);
    const { name, rest } = this.#located(() => parseMethod(method, method), place);
    const [childrensParents, children] = [truthOf(fields.get('childrens_parents')), truthOf(fields.get('children'))];
    if (childrensParents && children)
      throw this.#located(() => {
        throw mixed(method);
      }, place);
    return {
      kind: 'criterion',
      method: name,
      arguments: rest,
      value: fields.get('value'),
      childrensParents,
      parents: truthOf(fields.get('parents')) ? this.#depth(fields, 'parents_depth', place) : undefined,
      children: children ? this.#depth(fields, 'children_depth', place) : undefined,
      indirect: this.#mode(fields, place),
    };
  }

  #depth(fields: ValueMap, key: string, place: ValueMap): number {
    const value = fields.get(key);
    if (!truthOf(value)) return Number.POSITIVE_INFINITY;
    const depth = Number(value);
    if (!Number.isInteger(depth)) throw this.#error(`\`${key}\` is not a whole number`, place, key);
    return depth;
  }

  #mode(fields: ValueMap, place: ValueMap): IndirectMode {
    const value = fields.get('indirect_selection');
    if (value === undefined) return this.#indirect;
    const mode = indirectModes.find((known) => known === value);
    if (mode === undefined) {
      throw this.#error(`\`indirect_selection\` is one of ${indirectModes.join(', ')}`, place, 'indirect_selection');
    }
    return mode;
  }

  #located<Result>(work: () => Result, place: Value): Result {
    try {
      return work();
    } catch (error) {
      throw this.#error((error as Error).message, place);
    }
  }

  #error(message: string, container: Value | undefined, key?: Value): Error {
    return millraceError('select.invalid', message, { at: this.#file.places.at(container, key) });
  }
}
