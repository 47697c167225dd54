import { millraceError } from '../../connectors/contract/index.ts';
import { type Built, buildIncremental, buildTable, buildView, type IncrementalBuild } from '../materialize/index.ts';
import { ConfigReader } from './config-read.ts';
import { buildOf, incrementalOf, relationOf } from './model-build.ts';
import type { NodeSteps } from './node-run.ts';
import { type CompiledText, compiledOf, executedOf, type NodeWork, relationIn, runHooks, sentOf } from './node-work.ts';
import type { SentText } from './sent-text.ts';

/** A model: its query, between its hooks, becomes what its materialization says. */
export function modelNode(work: NodeWork): NodeSteps<CompiledText & { sent: SentText }> {
  return {
    compile: async () => {
      const compiled = await compiledOf(work);
      return { ...compiled, sent: sentOf(work, compiled.code) };
    },
    execute: async ({ sent }) => {
      await runHooks(work, 'pre-hook');
      const built = await buildModel(work, sent);
      await runHooks(work, 'post-hook');
      return { ...executedOf(built), ...relationIn(work.node) };
    },
  };
}

/** Makes of a model's query what its materialization says. @throws MillraceError */
async function buildModel(work: NodeWork, sent: SentText): Promise<Built> {
  const { node, adapter, session, signal, fullRefresh } = work;
  const config = new ConfigReader(node);
  refuseHeader(config, node.name, node.original_file_path);
  const build = buildOf(node, relationOf(node, adapter.database), sent);
  const opened = await session();
  switch (config.text('materialized')) {
    case 'view':
      return await buildView(opened, build, { signal });
    case 'table':
      return await buildTable(opened, build, { signal });
    case 'incremental':
      return await buildIncremental(opened, inWordsOfServer(work, incrementalOf(node, build, { fullRefresh })), {
        signal,
      });
    default:
      throw millraceError(
        'model.unsupported',
        `${node.name} wants to be materialized as ${config.text('materialized')}, which these databases do not have`,
        { at: node.original_file_path, fix: 'Use view, table, incremental or ephemeral.' },
      );
  }
}

/** Predicates are SQL of the project, as the query is. */
function inWordsOfServer(work: NodeWork, build: IncrementalBuild): IncrementalBuild {
  const { predicates } = build;
  if (predicates === undefined) return build;
  return { ...build, predicates: predicates.map((predicate) => sentOf(work, predicate).sql) };
}

/** It would have to be one text with the statement, and these databases take one statement at a time. */
function refuseHeader(config: ConfigReader, name: string, at: string): void {
  if (config.value('sql_header') === undefined) return;
  throw millraceError('model.unsupported', `${name} has a \`sql_header\``, {
    at,
    fix: 'Run the statement as a `pre_hook` instead.',
  });
}
