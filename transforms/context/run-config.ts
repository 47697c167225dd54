import { millraceError } from '../../connectors/contract/index.ts';
import { BuiltinFunction, bind, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import type { Config } from '../project/config-merge.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { isMap, type Value as ProjectValue, truthOf } from '../project/value.ts';
import { toTemplate } from './value.ts';

/** Configs that are none where nothing is said: a default that a template gives does not count for them, as in dbt. */
const NONE: ReadonlySet<string> = new Set([
  'alias', 'schema', 'database', 'group', 'unique_key', 'incremental_strategy', 'full_refresh', 'event_time', 'batch_size', 'begin',
  'concurrent_batches',
]); // biome-ignore format: a list

/** `config` in a run: calls of it are over, and it tells what the config has come to. */
export class RunConfig extends BuiltinFunction {
  readonly #node: ManifestNode | undefined;

  constructor(node: ManifestNode | undefined) {
    super('config', () => '');
    this.#node = node;
  }

  override attribute(name: string): Value | undefined {
    switch (name) {
      case 'get':
      case 'meta_get':
        return new BuiltinFunction(name, (args, kwargs) => {
          const [key, otherwise = null] = bind(name, ['name', 'default?', 'validator?'], args, kwargs);
          const found = this.#find(textOf(key!), name === 'meta_get');
          return found === undefined ? otherwise : found;
        });
      case 'require':
      case 'meta_require':
        return new BuiltinFunction(name, (args, kwargs) =>
          this.#require(textOf(bind(name, ['name', 'validator?'], args, kwargs)[0]!), name === 'meta_require'),
        );
      case 'set':
        return new BuiltinFunction(name, () => '');
      case 'persist_relation_docs':
        return new BuiltinFunction(name, () => this.#persists('relation'));
      case 'persist_column_docs':
        return new BuiltinFunction(name, () => this.#persists('columns'));
      default:
        return undefined;
    }
  }

  #find(name: string, metaOnly: boolean): Value | undefined {
    const config: Config = this.#node?.config ?? {};
    const key = name === 'pre_hook' ? 'pre-hook' : name === 'post_hook' ? 'post-hook' : name;
    const own = metaOnly ? undefined : config[key];
    if (own !== undefined) return toTemplate(own);
    const meta = isMap(config.meta) ? config.meta.get(name) : undefined;
    if (meta !== undefined) return toTemplate(meta);
    return NONE.has(name) && !metaOnly && this.#node !== undefined ? null : undefined;
  }

  #require(name: string, metaOnly: boolean): Value {
    const found = this.#find(name, metaOnly);
    if (found !== undefined) return found;
    const owner = this.#node?.name ?? 'what is rendered';
    throw millraceError('model.template', `${owner} has no config "${name}"`, {
      fix: `Set \`${name}\` with config() or in the project's files.`,
    });
  }

  #persists(what: string): boolean {
    const docs: ProjectValue | undefined = this.#node?.config.persist_docs;
    return isMap(docs) && truthOf(docs.get(what));
  }
}
