import { millraceError } from '../../connectors/contract/index.ts';
import type { AdapterSession } from '../adapter/adapter.ts';
import { Frame, type Names, Template, type Value } from '../jinja/index.ts';
import { firstLineOf } from '../project/code-place.ts';
import type { MacroNode, ManifestNode } from '../project/manifest.ts';
import { type Cte, cteName, withCtes } from './ephemeral.ts';
import { renderFailure } from './failure.ts';
import { RunContext } from './run-context.ts';
import type { RenderRequest, RenderSession } from './session.ts';
import { withOwnAliases } from './subquery-alias.ts';
import { TestArguments } from './test-arguments.ts';
import { isWaitingNeeded } from './waiting.ts';

/** A node as the database is to run it. */
export interface CompiledNode {
  /** With the CTEs of ephemeral models before it. */
  readonly code: string;
  /** Without them. */
  readonly own: string;
  /** All ephemeral models that it stands on, those first that others need. */
  readonly ctes: readonly Cte[];
}

export type DatabaseAccess = () => Promise<AdapterSession>;

const HAS_TEMPLATE = /\{[{%#]|[#}%]\}/;

/** Compiles nodes of a run: each once, ephemeral models for all who refer to them. */
export class Compilation {
  readonly session: RenderSession;
  readonly #database: DatabaseAccess | undefined;
  readonly #done = new Map<string, Promise<CompiledNode>>();
  readonly #templates = new Map<string, Template>();

  /** @param database what templates ask; without it those that ask fail */
  constructor(session: RenderSession, database?: DatabaseAccess) {
    this.session = session;
    this.#database = database;
  }

  /**
   * The SQL of a node. Asks the database only where its template does; `database` is for this node alone.
   * @throws MillraceError `model.template`, `model.raised`, `model.reference`, or what the database says
   */
  async node(node: ManifestNode, database = this.#database): Promise<CompiledNode> {
    const known = this.#done.get(node.unique_id);
    if (known !== undefined) return await known;
    const made = this.#compile(node, database);
    this.#done.set(node.unique_id, made);
    return await made;
  }

  /** A node as one render has it, which is not kept: a batch of a microbatch model. @throws MillraceError as `node` */
  async once(request: RenderRequest & { readonly node: ManifestNode }): Promise<CompiledNode> {
    return await this.#render(request);
  }

  /** What was compiled so far, by unique id. */
  async done(): Promise<Map<string, CompiledNode>> {
    const found = new Map<string, CompiledNode>();
    for (const [id, made] of this.#done) {
      const compiled = await made.catch(() => undefined);
      if (compiled !== undefined) found.set(id, compiled);
    }
    return found;
  }

  #compile(node: ManifestNode, database: DatabaseAccess | undefined): Promise<CompiledNode> {
    return this.#render({ node, ...(database === undefined ? {} : { database }) });
  }

  async #render(request: RenderRequest & { readonly node: ManifestNode }): Promise<CompiledNode> {
    const { node, database } = request;
    if (!HAS_TEMPLATE.test(node.raw_code)) return { code: node.raw_code, own: node.raw_code, ctes: [] };
    try {
      const { own: rendered, refs } = this.#now(request) ?? (await this.#later(request));
      const own = rendered.includes('_subq_') ? withOwnAliases(rendered) : rendered;
      const ctes = await this.#ctesOf(refs, database);
      return { code: withCtes(own, ctes), own, ctes };
    } catch (thrown) {
      throw renderFailure(thrown, node.test_metadata === undefined ? undefined : node.original_file_path);
    }
  }

  /** Most code asks nothing of the database, and needs no render that can wait. Undefined: this does. */
  #now(request: RenderRequest & { node: ManifestNode }): Rendered | undefined {
    const { node } = request;
    const context = new RunContext(this.session, request, false);
    try {
      const names =
        node.test_metadata === undefined ? context : withArguments(new TestArguments(node).now(context), context);
      return { own: this.#template(node).render(names), refs: context.ctes };
    } catch (thrown) {
      if (isWaitingNeeded(thrown)) return undefined;
      throw thrown;
    }
  }

  async #later(request: RenderRequest & { node: ManifestNode }): Promise<Rendered> {
    const { node } = request;
    const context = this.context(request);
    const isTest = node.test_metadata !== undefined;
    const names = isTest ? withArguments(await new TestArguments(node).later(context), context) : context;
    return { own: await this.#template(node).renderWaiting(names), refs: context.ctes };
  }

  /** Tests with arguments have the same code by the thousand; that of others is read once, and not kept. */
  #template(node: ManifestNode): Template {
    if (node.test_metadata === undefined) {
      const read = this.session.options.engine.scope.templates.get(node);
      if (read !== undefined) return read;
      return new Template(node.raw_code, { name: node.original_file_path, firstLine: firstLineOf(node) });
    }
    const known = this.#templates.get(node.raw_code);
    if (known !== undefined) return known;
    const made = new Template(node.raw_code, { name: 'a test' });
    this.#templates.set(node.raw_code, made);
    return made;
  }

  async #ctesOf(ids: ReadonlySet<string>, database: DatabaseAccess | undefined): Promise<Cte[]> {
    const ctes = new Map<string, Cte>();
    for (const id of ids) {
      const node = this.session.project.manifest.nodes.get(id)!;
      const compiled = await this.node(node, database);
      for (const cte of compiled.ctes) if (!ctes.has(cte.id)) ctes.set(cte.id, cte);
      if (!ctes.has(id)) ctes.set(id, { id, sql: ` ${cteName(node.alias)} as (\n${compiled.own}\n)` });
    }
    return [...ctes.values()];
  }

  context(request: RenderRequest): RunContext {
    return new RunContext(this.session, request);
  }

  /** Another text of the node, such as a hook. @throws MillraceError */
  async text(code: string, at: string, request: RenderRequest): Promise<string> {
    if (!HAS_TEMPLATE.test(code)) return code;
    try {
      return await new Template(code, { name: at }).renderWaiting(this.context(request));
    } catch (thrown) {
      throw renderFailure(thrown);
    }
  }

  /** What a macro gives: by its name, or by that of its package and its own, `dbt_utils.star`. @throws MillraceError */
  async macro(name: string, kwargs: ReadonlyMap<string, Value>, request: RenderRequest): Promise<Value> {
    const context = this.context(request);
    const [owner, bare] = name.includes('.') ? (name.split('.', 2) as [string, string]) : [undefined, name];
    const { library } = this.session;
    const macro = owner === undefined ? library.find(bare, context.own) : library.package(owner)?.get(bare);
    if (macro === undefined) throw millraceError('model.reference', `there is no macro ${name}`);
    return await this.#invoked(macro, context, kwargs);
  }

  /** What a macro of the project that makes a node returns, and what `statement('main')` came to in it. @throws MillraceError */
  async materialization(
    macro: MacroNode,
    request: RenderRequest,
  ): Promise<{ readonly returned: Value; readonly main: Value | undefined }> {
    const context = this.context(request);
    const returned = await this.#invoked(macro, context, new Map());
    return { returned, main: context.results.get('main') };
  }

  async #invoked(macro: MacroNode, context: RunContext, kwargs: ReadonlyMap<string, Value>): Promise<Value> {
    const frame = new Frame(this.session.library.template(macro).origin);
    try {
      return await context.macros.bound(macro).invoke(frame, [], kwargs);
    } catch (thrown) {
      throw renderFailure(thrown);
    }
  }
}

interface Rendered {
  readonly own: string;
  readonly refs: ReadonlySet<string>;
}

function withArguments(kwargs: Value, context: RunContext): Names {
  return { get: (name) => (name === TestArguments.NAME ? kwargs : context.get(name)) };
}

/** The SQL of one node, with the CTEs of ephemeral models before it. @throws MillraceError as `Compilation.node` */
export async function compileNode(
  node: ManifestNode,
  compilation: Compilation,
  database?: DatabaseAccess,
): Promise<string> {
  return (await compilation.node(node, database)).code;
}
