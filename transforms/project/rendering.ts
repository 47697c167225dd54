import { millraceError } from '../../connectors/contract/index.ts';
import { renderLiteral } from './literal-template.ts';
import type { Places } from './places.ts';
import type { HostFunction, Renderer, TemplateContext } from './renderer.ts';
import { isMap, type Value, type ValueMap } from './value.ts';

/** Variables whose names begin so are for `profiles.yml` and `packages.yml` alone. */
const SECRET = 'DBT_ENV_SECRET';

export interface RenderScope {
  readonly vars: ReadonlyMap<string, Value>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly target: ValueMap;
  readonly renderer: Renderer | undefined;
  readonly secrets?: boolean;
  /** Told of each variable of the environment that was read: what is made from it is valid only for its value. */
  readonly onEnv?: (name: string, value: string | undefined) => void;
  /** In `dbt_project.yml` a var without a value is an error that names it. */
  readonly project?: string;
}

/** What templates of YAML files see: `var`, `env_var`, `target`. */
export function yamlContext(scope: RenderScope): TemplateContext {
  return { values: { target: scope.target }, functions: { var: varFunction(scope), env_var: envFunction(scope) } };
}

export function varFunction({ vars, project }: Pick<RenderScope, 'vars' | 'project'>): HostFunction {
  return ([name, ...rest], kwargs) => {
    const key = String(name);
    const found = vars.get(key);
    if (found !== undefined) return found;
    // None is a default too.
    const fallback = rest.length > 0 ? rest[0] : kwargs.get('default');
    if (fallback !== undefined) return fallback;
    throw millraceError(
      'project.template',
      `the var "${key}" has no value${project === undefined ? '' : ` in ${project}`}`,
      {
        fix: `Set it with \`--vars\` or under \`vars\` of dbt_project.yml, or give a default: var('${key}', ...).`,
      },
    );
  };
}

export function envFunction({ env, secrets, onEnv }: RenderScope): HostFunction {
  return ([name, ...rest], kwargs) => {
    const key = String(name);
    if (key.startsWith(SECRET) && secrets !== true) {
      throw millraceError('project.template', `the secret ${key} is read outside of profiles.yml and packages.yml`);
    }
    const value = env[key];
    onEnv?.(key, value);
    const found = value ?? rest[0] ?? kwargs.get('default');
    if (found !== undefined) return found;
    throw millraceError('project.template', `the environment variable ${key} is not set`, {
      fix: `Set it, in the environment or in \`.env\`, or give a default: env_var('${key}', '...').`,
    });
  };
}

/** Renders a text of a YAML file. @throws MillraceError with the place */
export function renderText(text: string, context: TemplateContext, renderer: Renderer | undefined, at: string): Value {
  if (!hasTemplate(text)) return text;
  try {
    const literal = renderLiteral(text, context);
    if (literal !== undefined) return literal.value;
    if (renderer !== undefined) return renderer.native(text, context, at);
  } catch (error) {
    throw located(error, at);
  }
  throw millraceError('project.template', 'the template is not one that can be read without the template engine', {
    at,
  });
}

function located(error: unknown, at: string): unknown {
  const known = error as { code?: unknown; at?: unknown; message?: unknown; fix?: unknown };
  if (known?.code !== 'project.template' || known.at !== undefined) return error;
  return millraceError('project.template', String(known.message), { at, fix: String(known.fix) });
}

/** A path of keys inside a file; lists count by index. */
export type KeyPath = readonly Value[];

/** A value with its texts rendered, where `wanted` says so of their path: what has no template stays the same value. */
export function renderValue(
  value: Value,
  places: Places,
  render: (text: string, at: string) => Value,
  wanted: (path: KeyPath) => boolean,
): Value {
  return new ValueRendering(places, render, wanted).value(value, () => places.path);
}

class ValueRendering {
  readonly #places: Places;
  readonly #render: (text: string, at: string) => Value;
  readonly #wanted: (path: KeyPath) => boolean;
  readonly #path: Value[] = [];

  constructor(places: Places, render: (text: string, at: string) => Value, wanted: (path: KeyPath) => boolean) {
    this.#places = places;
    this.#render = render;
    this.#wanted = wanted;
  }

  value(value: Value, at: () => string): Value {
    if (!hasTemplate(value)) return value;
    if (typeof value === 'string') return this.#wanted(this.#path) ? this.#render(value, at()) : value;
    if (Array.isArray(value)) {
      const list = value.map((item, index) => this.#entry(value, index, item));
      return keepPlaces(value, list, this.#places);
    }
    const map: ValueMap = new Map();
    for (const [key, item] of value as ValueMap) map.set(key, this.#entry(value as ValueMap, key, item));
    return keepPlaces(value as ValueMap, map, this.#places);
  }

  #entry(container: object, key: Value, item: Value): Value {
    this.#path.push(key);
    const value = this.value(item, () => this.#places.at(container, key));
    this.#path.pop();
    return value;
  }
}

function hasTemplate(value: Value): boolean {
  if (typeof value === 'string') return value.includes('{{') || value.includes('{%') || value.includes('{#');
  if (Array.isArray(value)) return value.some(hasTemplate);
  return isMap(value) && [...value.values()].some(hasTemplate);
}

function keepPlaces<Container extends object>(from: object, to: Container, places: Places): Container {
  const offsets = places.offsetsOf(from);
  if (offsets !== undefined) places.note(to, offsets);
  return to;
}
