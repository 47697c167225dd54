import { millraceError } from '../../connectors/contract/index.ts';
import { type Built, buildIncremental, buildTable, buildView, type IncrementalBuild } from '../materialize/index.ts';
import type { MacroNode, ManifestNode } from '../project/manifest.ts';
import { ConfigReader } from './config-read.ts';
import { customNode } from './custom-node.ts';
import { applyGrants } from './grants.ts';
import { buildOf, incrementalOf, relationOf } from './model-build.ts';
import type { NodeSteps } from './node-run.ts';
import { type CompiledText, compiledOf, executedOf, type NodeWork, relationIn, runHooks, sentOf } from './node-work.ts';
import type { SentText } from './sent-text.ts';

/** A model: its query, between its hooks, becomes what its materialization says. */
export function modelNode(work: NodeWork): NodeSteps<CompiledText & { sent: SentText }> {
  return {
    compile: async () => {
      refuseUnserved(work);
      const compiled = await compiledOf(work);
      return { ...compiled, sent: sentOf(work, compiled.code) };
    },
    execute: async ({ sent }) => {
      await runHooks(work, 'pre-hook');
      const built = await buildModel(work, sent, new ConfigReader(work.node).text('materialized') ?? 'view');
      await applyGrants(work);
      await runHooks(work, 'post-hook');
      return { ...executedOf(built), ...relationIn(work.node) };
    },
  };
}

/** The same by a macro of the project, which may have millrace do the work: what it runs around that is its own. */
export function macroNode(work: NodeWork, macro: MacroNode): NodeSteps<CompiledText> {
  return customNode(work, macro, async (materialized, code) => {
    refuseHeader(work.node, new ConfigReader(work.node));
    await runHooks(work, 'pre-hook');
    const built = await buildModel(work, sentOf(work, code), materialized);
    await applyGrants(work);
    await runHooks(work, 'post-hook');
    return executedOf(built);
  });
}

/** Makes of a model's query what its materialization says. @throws MillraceError */
async function buildModel(work: NodeWork, sent: SentText, materialized: string): Promise<Built> {
  const { node, adapter, session, signal, fullRefresh } = work;
  const build = buildOf(node, relationOf(node, adapter.database), sent);
  const opened = await session();
  switch (materialized) {
    case 'view':
      return await buildView(opened, build, { signal });
    case 'table':
      return await buildTable(opened, build, { signal });
    default:
      return await buildIncremental(opened, inWordsOfServer(work, incrementalOf(node, build, { fullRefresh })), {
        signal,
      });
  }
}

/** Predicates are SQL of the project, as the query is. */
function inWordsOfServer(work: NodeWork, build: IncrementalBuild): IncrementalBuild {
  const { predicates } = build;
  if (predicates === undefined) return build;
  return { ...build, predicates: predicates.map((predicate) => sentOf(work, predicate).sql) };
}

const MATERIALIZED = ['view', 'table', 'incremental'];

/** What cannot be made is refused before a hook has run. @throws MillraceError `model.unsupported` */
export function refuseUnserved({ node }: NodeWork): void {
  const config = new ConfigReader(node);
  refuseHeader(node, config);
  const materialized = config.text('materialized') ?? 'view';
  if (MATERIALIZED.includes(materialized)) return;
  throw millraceError(
    'model.unsupported',
    `${node.name} wants to be materialized as ${materialized}, which there is not`,
    {
      at: node.original_file_path,
      fix: 'Use view, table, incremental, ephemeral or a materialization of the project.',
    },
  );
}

/** A `sql_header` would have to be one text with the statement, and these databases take one statement at a time. */
function refuseHeader(node: ManifestNode, config: ConfigReader): void {
  if (config.value('sql_header') === undefined) return;
  throw millraceError('model.unsupported', `${node.name} has a \`sql_header\``, {
    at: node.original_file_path,
    fix: 'Run the statement as a `pre_hook` instead.',
  });
}
