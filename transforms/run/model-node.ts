import { millraceError } from '../../connectors/contract/index.ts';
import { type Built, buildIncremental, buildTable, buildView } from '../materialize/index.ts';
import { ConfigReader } from './config-read.ts';
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
      const built = await buildModel(work, sent);
      await runHooks(work, 'post-hook');
      return { ...executedOf(built), ...relationIn(work.node) };
    },
  };
}

/** Makes of a model's query what its materialization says. @throws MillraceError */
async function buildModel({ node, adapter, session, signal, fullRefresh }: NodeWork, sent: SentText): Promise<Built> {
  const config = new ConfigReader(node);
  const build = buildOf(node, relationOf(node, adapter.database), sent);
  const opened = await session();
  switch (config.text('materialized')) {
    case 'view':
      return await buildView(opened, build, { signal });
    case 'table':
      return await buildTable(opened, build, { signal });
    default:
      return await buildIncremental(opened, incrementalOf(node, build, { fullRefresh }), { signal });
  }
}

const MATERIALIZED = ['view', 'table', 'incremental'];

/**
 * What cannot be made is refused before a hook has run. A `sql_header` would have to be one text with the statement, and these databases take
 * one statement at a time. @throws MillraceError `model.unsupported`
 */
export function refuseUnserved({ node }: NodeWork): void {
  const config = new ConfigReader(node);
  const [name, at] = [node.name, node.original_file_path];
  if (config.value('sql_header') !== undefined) {
    throw millraceError('model.unsupported', `${name} has a \`sql_header\``, {
      at,
      fix: 'Run the statement as a `pre_hook` instead.',
    });
  }
  const materialized = config.text('materialized') ?? 'view';
  if (MATERIALIZED.includes(materialized)) return;
  throw millraceError('model.unsupported', `${name} wants to be materialized as ${materialized}, which these databases do not have`, {
    at,
    fix: 'Use view, table, incremental or ephemeral.',
  }); // biome-ignore format: one error
}
