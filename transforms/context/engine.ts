import type { Value } from '../jinja/index.ts';
import { Frame, namesOf, Template } from '../jinja/index.ts';
import { textOf } from '../jinja/value/text.ts';
import type { MacroNode, ManifestNode } from '../project/manifest.ts';
import type {
  NamePart,
  NodeParser,
  ParseRequest,
  ParserScope,
  Renderer,
  TemplateContext,
} from '../project/renderer.ts';
import { isMap, type Value as ProjectValue } from '../project/value.ts';
import { Api } from './api.ts';
import { hostFunction } from './base-providers.ts';
import type { ContextFacts, Invocation } from './context-facts.ts';
import { renderFailure, rendering } from './failure.ts';
import { dispatchPrefixes, MacroLibrary } from './macro-library.ts';
import { ParseContext } from './parse-context.ts';
import { RelationObject, type RelationStyle } from './relation.ts';
import { TestArguments } from './test-arguments.ts';
import { dictOf, fromTemplate, toTemplate } from './value.ts';

export interface EngineOptions {
  readonly invocation: Invocation;
  tell: ContextFacts['tell'];
}

/** What loading a project leaves for the renders of its nodes. */
export interface EngineScope {
  readonly library: MacroLibrary;
  readonly facts: ContextFacts;
  readonly templates: WeakMap<ManifestNode, Template>;
}

/** The template engine with dbt's context, as the loader of a project uses it. */
export class Engine implements Renderer {
  readonly #options: EngineOptions;
  #scope: EngineScope | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  native(template: string, { values, functions }: TemplateContext, at: string): ProjectValue {
    const names = new Map<string, Value>();
    for (const [name, value] of Object.entries(values)) names.set(name, toTemplate(value));
    for (const [name, body] of Object.entries(functions)) names.set(name, hostFunction(name, body));
    return placed(at, () => fromTemplate(new Template(template, { name: at }).renderNative(namesOf(names))));
  }

  parser(scope: ParserScope): NodeParser {
    const { project, target } = scope;
    const style = styleOf(target.type);
    const library = new MacroLibrary(scope.macros, {
      root: project.name,
      prefixes: dispatchPrefixes(target.type),
      dispatch: project.dispatch,
    });
    const functions = (owner: string) => scope.functions(owner);
    const facts: ContextFacts = {
      project: project.name,
      target,
      style,
      api: new Api(style),
      functions,
      ...this.#options,
    };
    const parser = new EngineParser(library, facts);
    this.#scope = { library, facts, templates: parser.templates };
    return parser;
  }

  /** The macros of the project that was loaded with this engine, and what its renders share. */
  get scope(): EngineScope {
    if (this.#scope === undefined) throw new Error('no project was loaded with this engine');
    return this.#scope;
  }
}

export function styleOf(type: string): RelationStyle {
  return type === 'duckdb' ? { quoteCharacter: '"', usesDatabase: true } : { quoteCharacter: '`', usesDatabase: false };
}

const LITERAL = ['ref', 'source', 'config', 'var', 'env_var'];

class EngineParser implements NodeParser {
  readonly #library: MacroLibrary;
  readonly #facts: ContextFacts;
  readonly #templates = new Map<string, Template>();
  /** The code of nodes that was read, for the run that follows. */
  readonly templates = new WeakMap<ManifestNode, Template>();

  constructor(library: MacroLibrary, facts: ContextFacts) {
    this.#library = library;
    this.#facts = facts;
  }

  readsLiterally(own: string): boolean {
    return !LITERAL.some((name) => this.#library.find(name, own) !== undefined);
  }

  parse(request: ParseRequest): readonly string[] {
    const { context, used } = this.#context(request);
    // A model's code begins in the first line of its file, as far as it can be told here.
    const [name, line = '1'] = splitPlace(request.at);
    rendering(() => {
      const template = new Template(request.code, { name: name!, firstLine: Number(line) });
      if (request.node?.raw_code === request.code) this.templates.set(request.node, template);
      template.render(context, { undefinedKind: 'chainable' });
    });
    return [...used];
  }

  testMacro(name: string, namespace: string | null, own: string): MacroNode | undefined {
    const wanted = `test_${name}`;
    return namespace === null ? this.#library.find(wanted, own) : this.#library.package(namespace)?.get(wanted);
  }

  parseTest(request: ParseRequest): readonly string[] {
    const { context, used } = this.#context(request);
    placed(request.at, () => {
      const kwargs = new TestArguments(request.node!).now(context);
      const names = { get: (name: string) => (name === TestArguments.NAME ? kwargs : context.get(name)) };
      this.#template(request.code).render(names, { undefinedKind: 'chainable' });
    });
    // Macros that stand for `ref` and the like are not what a test is made of.
    return [...used].filter((id) => !LITERAL.includes(id.slice(id.lastIndexOf('.') + 1)));
  }

  /** Thousands of tests have the same code. */
  #template(code: string): Template {
    const known = this.#templates.get(code);
    if (known !== undefined) return known;
    const made = new Template(code, { name: 'a test' });
    this.#templates.set(code, made);
    return made;
  }

  #context({ node, own, calls, changing }: ParseRequest): { context: ParseContext; used: Set<string> } {
    const used = new Set<string>();
    const onMacro = ({ unique_id }: MacroNode) => used.add(unique_id);
    const [facts, library] = [this.#facts, this.#library];
    return {
      context: new ParseContext({ facts, library, node, own, running: false, waits: false, onMacro, changing }, calls),
      used,
    };
  }

  name(part: NamePart, custom: string | null, node: ManifestNode, changing: () => void): string | null | undefined {
    const macro = this.#library.naming(`generate_${part}_name`, node.package_name);
    if (macro === undefined) return undefined;
    const [facts, library] = [this.#facts, this.#library];
    const context = new ParseContext(
      { facts, library, node, own: node.package_name, running: false, waits: false, changing },
      undefined,
    );
    return rendering(() => {
      const template = library.template(macro);
      const value = context.macros.bound(macro).invoke(new Frame(template.origin), [custom, dictOf(node)], new Map());
      return value === null ? null : textOf(value as Value).trim();
    });
  }

  relationName(
    { database, schema, identifier }: Parameters<NodeParser['relationName']>[0],
    quoting: ProjectValue,
  ): string {
    const asked = (part: string) => !isMap(quoting) || quoting.get(part) !== false;
    const quote = { database: asked('database'), schema: asked('schema'), identifier: asked('identifier') };
    return new RelationObject(this.#facts.style, { database, schema, identifier, quote }).render();
  }
}

function splitPlace(at: string): [string, string?] {
  const [, name = at, line] = /^(.*?):(\d+)(?::\d+)?$/.exec(at) ?? [];
  return line === undefined ? [name] : [name, line];
}

/** What fails inside is told of as being at the place. */
function placed<Result>(at: string, run: () => Result): Result {
  try {
    return run();
  } catch (thrown) {
    throw renderFailure(thrown, at);
  }
}
