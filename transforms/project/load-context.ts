import type { CodeCache } from './code-cache.ts';
import type { CodeDrafts } from './code-nodes.ts';
import type { Manifest } from './manifest.ts';
import type { Problems } from './problems.ts';
import type { ProjectConfig } from './project-config.ts';
import type { ProjectFiles } from './project-files.ts';
import type { HostFunction, NodeParser, Renderer, TemplateContext } from './renderer.ts';
import { envFunction, type RenderScope, renderText, varFunction, yamlContext } from './rendering.ts';
import { isMap, type Value, type ValueMap } from './value.ts';

export interface LoadTarget {
  readonly name: string;
  readonly profile: string;
  readonly type: string;
  readonly schema: string;
  readonly database: string | null;
  /** What templates see as `target`: without secrets. */
  readonly values: ValueMap;
}

export interface LoadOptions {
  readonly root: string;
  readonly target: LoadTarget;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the command line: they win. */
  readonly vars?: ReadonlyMap<string, Value>;
  /** Without one, only literal templates can be read. */
  readonly renderer?: Renderer;
  readonly onEnv?: (name: string, value: string | undefined) => void;
  /** Where what was loaded is kept for the next run, in this file and one beside it; undefined: nowhere. */
  readonly cachePath?: string;
}

/** What the project and its packages share while they are loaded. */
export interface Loading {
  readonly active: ProjectConfig;
  readonly manifest: Manifest;
  readonly problems: Problems;
  readonly options: LoadOptions;
  readonly cache: CodeCache;
  readonly files: ProjectFiles;
  readonly drafts: CodeDrafts;
}

/** One project or package while it is loaded. */
export class PackageContext {
  readonly config: ProjectConfig;
  readonly active: ProjectConfig;
  readonly manifest: Manifest;
  readonly problems: Problems;
  readonly options: LoadOptions;
  readonly cache: CodeCache;
  readonly files: ProjectFiles;
  readonly drafts: CodeDrafts;
  /** There once all macros are read. */
  parser: NodeParser | undefined;
  readonly #scope: RenderScope;
  readonly #context: TemplateContext;

  constructor(config: ProjectConfig, { active, manifest, problems, options, cache, files, drafts }: Loading) {
    this.cache = cache;
    this.files = files;
    this.drafts = drafts;
    this.config = config;
    this.active = active;
    this.manifest = manifest;
    this.problems = problems;
    this.options = options;
    const vars = varsOf(config, active, options.vars ?? new Map());
    const { env, onEnv, renderer, target } = options;
    this.#scope = {
      vars,
      env,
      renderer,
      target: target.values,
      project: config.name,
      ...(onEnv === undefined ? {} : { onEnv }),
    };
    this.#context = yamlContext(this.#scope);
  }

  get name(): string {
    return this.config.name;
  }

  /** How messages and artifacts of the project name a file of this package. */
  shown(original: string): string {
    if (this.config === this.active) return original;
    return `${this.config.root.startsWith(`${this.active.root}/`) ? this.config.root.slice(this.active.root.length + 1) : this.config.name}/${original}`;
  }

  /** A text of a YAML file; what fails is a problem, and stays as it is. */
  render(text: string, at: string): Value {
    return this.problems.guard(() => renderText(text, this.#context, this.#scope.renderer, at)) ?? text;
  }

  /** `var` and `env_var` as code of the package sees them. */
  get lookups(): Record<'var' | 'env_var', HostFunction> {
    return { var: varFunction(this.#scope), env_var: envFunction(this.#scope) };
  }

  get values(): TemplateContext['values'] {
    return this.#context.values;
  }
}

/** Vars for a package: its own file's, then those of the project that is run, each for all and then by its name, then the command line's. */
function varsOf(own: ProjectConfig, active: ProjectConfig, cli: ReadonlyMap<string, Value>): Map<string, Value> {
  const vars = new Map<string, Value>();
  for (const project of own === active ? [active] : [own, active]) {
    for (const level of [project.vars, project.vars.get(own.name)]) {
      if (isMap(level)) for (const [name, value] of level) if (typeof name === 'string') vars.set(name, value);
    }
  }
  for (const [name, value] of cli) vars.set(name, value);
  return vars;
}
