import { asMillraceError, type MillraceError } from '../../connectors/contract/index.ts';
import type { Adapter, AdapterSession, Remark } from '../../transforms/adapter/adapter.ts';
import { Compilation, type CompiledNode, RenderSession } from '../../transforms/context/index.ts';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import { NodeSession } from '../../transforms/run/node-session.ts';
import { QueryComment } from '../../transforms/run/query-comment.ts';
import { noSignal } from '../inspection.ts';
import { CompiledFiles } from './compiled-files.ts';
import type { OpenModels } from './opening.ts';
import { deferral } from './state.ts';

/** What compiling came to. A node that failed is in `failed`, and in nothing else. */
export interface CompiledModels {
  readonly compiled: ReadonlyMap<string, CompiledNode>;
  readonly failed: readonly { readonly node: ManifestNode; readonly error: MillraceError }[];
}

/**
 * Compiles nodes and writes their files. The database is connected to when a template first asks it, and not at all where `introspect` is
 * false: then those that ask fail.
 */
export async function compileModels(
  opened: OpenModels,
  nodes: readonly ManifestNode[],
  introspect: boolean,
): Promise<CompiledModels> {
  const { project, engine } = opened;
  const selected = nodes.map(({ unique_id }) => unique_id);
  await using database = new LazyAdapter(opened);
  await using asking = database.session(async () => undefined);
  const deferring = { selected: new Set(selected), building: false, session: introspect ? asking.session : undefined };
  const deferred = await deferral(opened, deferring);
  const compilation = new Compilation(new RenderSession({ project, engine, selected, ...(deferred && { deferred }) }));
  const comment = new QueryComment(compilation);
  const compiled = new Map<string, CompiledNode>();
  const failed: { node: ManifestNode; error: MillraceError }[] = [];
  for (const node of nodes) {
    await using asked = database.session(() => comment.of(node));
    try {
      compiled.set(node.unique_id, await compilation.node(node, introspect ? asked.session : undefined));
    } catch (thrown) {
      failed.push({ node, error: asMillraceError(thrown) });
    }
  }
  const files = new CompiledFiles(opened);
  for (const [id, { code }] of compiled) {
    const node = project.manifest.nodes.get(id);
    if (node !== undefined) files.keep(node, code);
  }
  return { compiled, failed };
}

/** The adapter of the target, opened when something asks for a session. */
class LazyAdapter implements AsyncDisposable {
  readonly #opened: OpenModels;
  #adapter: Promise<Adapter> | undefined;

  constructor(opened: OpenModels) {
    this.#opened = opened;
  }

  session(remark: () => Promise<Remark | undefined>): { session: () => Promise<AdapterSession> } & AsyncDisposable {
    let opened: NodeSession | undefined;
    const { profile, root } = this.#opened;
    return {
      session: async () => {
        this.#adapter ??= openLater(profile, root);
        const adapter = await this.#adapter;
        opened ??= new NodeSession(adapter, remark, noSignal);
        return await opened.get();
      },
      [Symbol.asyncDispose]: async () => await opened?.[Symbol.asyncDispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const adapter = await this.#adapter?.catch(() => undefined);
    await adapter?.[Symbol.asyncDispose]();
  }
}

/** The drivers of databases take a while to load: most compiling needs none. */
async function openLater(profile: OpenModels['profile'], root: string): Promise<Adapter> {
  const { openAdapter } = await import('../../transforms/adapter/open.ts');
  return await openAdapter(profile, { root, emit: () => undefined, signal: noSignal });
}
