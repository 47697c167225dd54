import type { Adapter, AdapterSession, ExecuteOptions, Outcome } from '../adapter/adapter.ts';
import type { Compilation } from '../context/index.ts';
import type { Built } from '../materialize/index.ts';
import type { Span } from '../microbatch/span.ts';
import type { LoadedProject } from '../project/load.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { isMap } from '../project/value.ts';
import type { Executed } from './node-run.ts';
import type { NodeSession } from './node-session.ts';
import type { BatchResults } from './result.ts';
import { type SentText, sentText } from './sent-text.ts';

export interface Batching {
  /** `--event-time-start` and `--event-time-end`. */
  readonly asked?: Span;
  /** Batches end with the one that this is in: of a retry, the begin of the first run. */
  readonly now: Date;
  /** What a retry found, by unique id: batches that failed are made alone. */
  readonly previous: ReadonlyMap<string, BatchResults>;
}

/** What running the nodes of a project takes. */
export interface ProjectRunOptions {
  readonly project: LoadedProject;
  readonly compilation: Compilation;
  readonly adapter: Adapter;
  /** `--full-refresh`, which a node's own `full_refresh` overrules. */
  readonly fullRefresh: boolean;
  /** `--warn-error`: what would warn fails. */
  readonly warnError: boolean;
  /** `--store-failures`, for tests that do not say it themselves. */
  readonly storeFailures: boolean;
  /** What decides the batches of microbatch models. */
  readonly batching: Batching;
  /** Keeps the compiled text of a node where people find it. */
  readonly keepCompiled: (node: ManifestNode, code: string) => void;
  /** The file of that text, as people are told of it; undefined for what has none. */
  readonly compiledFile: (node: ManifestNode) => string | undefined;
}

/** What the work on one node has at hand. */
export interface NodeWork extends ProjectRunOptions {
  readonly node: ManifestNode;
  readonly session: NodeSession['get'];
  readonly signal: AbortSignal;
}

export interface CompiledText {
  readonly code: string;
  readonly relation?: string;
}

/** The text of a node, with the CTEs of the ephemeral models that it is made from. */
export async function compiledOf({ node, compilation, session, keepCompiled }: NodeWork): Promise<CompiledText> {
  const { code } = await compilation.node(node, session);
  keepCompiled(node, code);
  return { code, ...relationIn(node) };
}

/** A text of the node as its server is to get it. @throws MillraceError `model.dialect` */
export function sentOf({ node, adapter, compiledFile }: NodeWork, text: string): SentText {
  return sentText(node, text, adapter.type, compiledFile(node) ?? node.original_file_path);
}

/** The name of what a node makes, as the database writes it. */
export function relationIn({ relation_name: relation }: ManifestNode): { relation?: string } {
  return relation === null ? {} : { relation };
}

/**
 * The statements before or after a node, those that want to be outside of its transaction farther away from it. On these databases every DDL
 * commits, so that is all that the difference can be.
 */
export async function runHooks(work: NodeWork, key: 'pre-hook' | 'post-hook'): Promise<void> {
  const { node, compilation, session } = work;
  const hooks = node.config[key];
  const all = (Array.isArray(hooks) ? hooks : []).filter(isMap);
  const [inside, outside] = [true, false].map((wanted) => all.filter((hook) => hook.get('transaction') === wanted));
  for (const hook of key === 'pre-hook' ? [...outside!, ...inside!] : [...inside!, ...outside!]) {
    const sql = hook.get('sql');
    if (typeof sql !== 'string') continue;
    const at = `${node.original_file_path} (${key})`;
    const text = await compilation.text(sql, at, { node, database: session });
    await runText(await session(), sentText(node, text, work.adapter.type, at));
  }
}

/** Runs a statement in the modes that it needs; undefined where there is none in it. */
export async function runText(
  session: AdapterSession,
  { sql, modes }: SentText,
  options?: ExecuteOptions,
): Promise<Outcome | undefined> {
  if (sql.trim() === '') return undefined;
  session.setModes(modes);
  return await session.execute(sql, options);
}

/** What a statement did, in the words of dbt's results. */
export function executedOf({ code, rowsAffected }: Built | Outcome): Executed {
  const message = rowsAffected === 0 && !/^(INSERT|SELECT)/.test(code) ? code : `${code} ${rowsAffected}`;
  return { status: 'success', message, response: { _message: message, code, rows_affected: rowsAffected } };
}
