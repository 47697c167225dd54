import { millraceError } from '../../connectors/contract/index.ts';
import type { Value } from '../jinja/index.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { ConfigReader } from './config-read.ts';
import { customNode, macroOf } from './custom-node.ts';
import { isMicrobatch, microbatchNode } from './microbatch-node.ts';
import { macroNode, modelNode } from './model-node.ts';
import { runNode } from './node-run.ts';
import { NodeSession } from './node-session.ts';
import { executedOf, type NodeWork, type ProjectRunOptions, runText } from './node-work.ts';
import { QueryComment } from './query-comment.ts';
import type { NodeResult } from './result.ts';
import { resultsValue, schemasValue } from './results-value.ts';
import { runnableNode } from './runnable.ts';
import { seedNode } from './seed-node.ts';
import { sentText } from './sent-text.ts';
import { snapshotNode } from './snapshot-node.ts';
import { testNode } from './test-node.ts';
import { unitTestNode } from './unit-test-node.ts';

/** Runs the nodes of a project in its database. */
export class ProjectRunner {
  readonly #options: ProjectRunOptions;
  readonly #comment: QueryComment;

  /** @throws MillraceError where `query-comment` is wrong */
  constructor(options: ProjectRunOptions) {
    this.#options = options;
    this.#comment = new QueryComment(options.compilation);
  }

  readonly run = async (id: string, thread: number, signal: AbortSignal): Promise<NodeResult> => {
    const node = this.#node(id);
    await using session = this.#session(node, signal);
    const work = { ...this.#options, node, session: session.get, signal };
    return await runWork(id, thread, work);
  };

  /** A statement of `on-run-start` or `on-run-end`: the latter see what the nodes came to. */
  async hook(id: string, results: readonly NodeResult[], signal: AbortSignal): Promise<NodeResult> {
    const node = this.#node(id);
    await using session = this.#session(node, signal);
    const { adapter, compilation, project } = this.#options;
    const extra = new Map<string, Value>([
      ['results', resultsValue(results, project)],
      ['schemas', schemasValue(results, project)],
    ]);
    const result = await runNode(id, 0, {
      compile: async () => {
        const request = { node, database: session.get, extra };
        return { code: await compilation.text(node.raw_code, `${node.original_file_path} (${node.name})`, request) };
      },
      execute: async ({ code }) => {
        const text = sentText(node, code, adapter.type, node.name);
        const outcome = await runText(await session.get(), text);
        return outcome === undefined ? { status: 'success', message: null } : executedOf(outcome);
      },
    });
    // dbt counts the failures of hooks, and only whether there is one.
    return { ...result, failures: result.status === 'success' ? 0 : 1 };
  }

  #session(node: ManifestNode, signal: AbortSignal): NodeSession {
    return new NodeSession(this.#options.adapter, () => this.#comment.of(node), signal);
  }

  #node(id: string): ManifestNode {
    return runnableNode(this.#options.project.manifest, id)!;
  }
}

function runWork(id: string, thread: number, work: NodeWork): Promise<NodeResult> {
  const type = work.node.resource_type;
  const at = work.compiledFile(work.node) ?? work.node.original_file_path;
  const macro = macroOf(work);
  if (macro !== undefined) {
    if (type === 'test') return runNode(id, thread, testNode(work, macro), at);
    return runNode(id, thread, type === 'model' ? macroNode(work, macro) : customNode(work, macro), at);
  }
  if (type === 'model') {
    const batched = isMicrobatch(new ConfigReader(work.node));
    return batched ? runNode(id, thread, microbatchNode(work), at) : runNode(id, thread, modelNode(work), at);
  }
  if (type === 'seed') return runNode(id, thread, seedNode(work), at);
  if (type === 'snapshot') return runNode(id, thread, snapshotNode(work), at);
  if (type === 'test') return runNode(id, thread, testNode(work), at);
  if (type === 'unit_test') return runNode(id, thread, unitTestNode(work), at);
  throw millraceError('model.unsupported', `${id} is a ${type}, which is not run`);
}
