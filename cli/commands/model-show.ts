import { asMillraceError, millraceError } from '../../connectors/contract/index.ts';
import type { ResultTable } from '../../transforms/adapter/adapter.ts';
import { Compilation, RenderSession } from '../../transforms/context/index.ts';
import type { ResourceType } from '../../transforms/graph/node.ts';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import { NodeSession } from '../../transforms/run/node-session.ts';
import { QueryComment } from '../../transforms/run/query-comment.ts';
import { showNode } from '../../transforms/run/show.ts';
import type { Invocation, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';
import { noSignal } from '../inspection.ts';
import { openTarget } from '../models/adapter.ts';
import { inlineOf } from '../models/inline.ts';
import { type OpenModels, openModels } from '../models/opening.ts';
import { selectNodes } from '../models/selecting.ts';
import { deferral } from '../models/state.ts';
import { tellErrors, tellNotes, templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';
import { maskValue } from '../output/secret.ts';
import { shownRows, shownText } from '../output/shown-rows.ts';

const TYPES: readonly ResourceType[] = ['model', 'seed', 'snapshot', 'test', 'analysis'];
/** dbt's. */
const ROWS = 5;

interface Shown {
  readonly node: ManifestNode;
  readonly table?: ResultTable;
  readonly error?: ReturnType<typeof asMillraceError>;
}

/** `millrace show`: the first rows that nodes, or a query of the command line, would give. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const opened = await openModels(invocation, 'show', templateMessages(invocation));
  tellNotes(invocation, opened);
  const nodes = nodesOf(opened);
  const shown = await showAll(opened, nodes);
  tellErrors(
    invocation,
    shown.flatMap(({ error }) => error ?? []),
  );
  const tables = shown.flatMap(({ node, table }) => (table === undefined ? [] : [{ node, table }]));
  const count = tables.reduce((sum, { table }) => sum + table.rows.length, 0);
  return {
    exit: tables.length === shown.length ? EXIT.ok : EXIT.failed,
    summary: nodes.length === 0 ? 'nothing is selected' : plural(count, 'row'),
    result: shown.map(({ node, table, error }) => ({
      unique_id: node.unique_id,
      rows: table === undefined ? null : shownRows(table),
      error: error === undefined ? null : maskValue(error.envelope()),
    })),
    report: tables.map((one) => reportOf(one, opened, tables.length > 1)).join('\n'),
  };
}

/**
 * What is named by itself, as dbt has it: `+orders` shows orders. Where no name is among the terms, all that they select.
 * @throws MillraceError `select.invalid` where nothing is asked for
 */
function nodesOf(opened: OpenModels): ManifestNode[] {
  const { options, project } = opened;
  const inline = inlineOf(opened);
  if (inline !== undefined) return [inline];
  if (options.select === undefined && options.selector === undefined) {
    throw millraceError('select.invalid', 'nothing says what to show', { fix: 'Give `--select` or `--inline`.' });
  }
  const { ids } = selectNodes(opened, options, TYPES);
  const chosen = project.graph.order().filter((id) => ids.has(id));
  const nodes = chosen.map((id) => project.manifest.nodes.get(id)!);
  const words = new Set(options.select?.flatMap((term) => term.split(/[\s,+@]+/)));
  const named = nodes.filter(({ name }) => words.has(name));
  return named.length > 0 ? named : nodes;
}

async function showAll(opened: OpenModels, nodes: readonly ManifestNode[]): Promise<Shown[]> {
  if (nodes.length === 0) return [];
  const { project, engine, options } = opened;
  const limit = options.limit ?? ROWS;
  const selected = nodes.map(({ unique_id }) => unique_id);
  await using adapter = await openTarget(opened);
  await using asking = new NodeSession(adapter, async () => undefined, noSignal);
  const deferring = { selected: new Set(selected), building: false, session: asking.get };
  const deferred = await deferral(opened, deferring);
  const compilation = new Compilation(new RenderSession({ project, engine, selected, ...(deferred && { deferred }) }));
  const comment = new QueryComment(compilation);
  const shown: Shown[] = [];
  for (const node of nodes) {
    try {
      const options = { compilation, adapter, comment, limit: limit < 0 ? undefined : limit, signal: noSignal };
      shown.push({ node, table: await showNode(node, options) });
    } catch (thrown) {
      shown.push({ node, error: asMillraceError(thrown) });
    }
  }
  return shown;
}

function reportOf(
  { node, table }: { node: ManifestNode; table: ResultTable },
  { options }: OpenModels,
  several: boolean,
): string {
  if (options.output === 'json') {
    const head = options.inline === undefined ? { node: node.name } : {};
    return JSON.stringify({ ...head, show: shownRows(table) }, null, 2);
  }
  return `${several ? `-- ${node.unique_id}\n` : ''}${shownText(table)}${several ? '\n' : ''}`;
}
