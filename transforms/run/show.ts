import { millraceError } from '../../connectors/contract/index.ts';
import type { Adapter, ResultTable } from '../adapter/adapter.ts';
import { renderRelation } from '../adapter/relation.ts';
import type { Compilation } from '../context/index.ts';
import { tokensOf, UnendedToken } from '../dialect/lexer.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { relationOf } from './model-build.ts';
import { NodeSession } from './node-session.ts';
import { runText } from './node-work.ts';
import type { QueryComment } from './query-comment.ts';
import { sentText } from './sent-text.ts';

export interface ShowOptions {
  readonly compilation: Compilation;
  readonly adapter: Adapter;
  readonly comment: QueryComment;
  /** Undefined: all rows. */
  readonly limit: number | undefined;
  readonly signal: AbortSignal;
}

/** The first rows that a node's query gives; of a seed, those of its table. Builds nothing. @throws MillraceError */
export async function showNode(node: ManifestNode, options: ShowOptions): Promise<ResultTable> {
  const { compilation, adapter, comment, limit, signal } = options;
  await using session = new NodeSession(adapter, () => comment.of(node), signal);
  const isSeed = node.resource_type === 'seed';
  const code = isSeed
    ? `select * from ${renderRelation(relationOf(node, adapter.database), adapter.names)}`
    : (await compilation.node(node, session.get)).code;
  const sent = sentText(node, limitedQuery(code, limit), adapter.type, node.original_file_path);
  const outcome = await runText(await session.get(), sent, { fetch: true });
  if (outcome?.table !== undefined) return outcome.table;
  throw millraceError('model.invalid', `${node.name} gives no rows`, {
    at: node.original_file_path,
    fix: 'Show a query: a statement of another kind has nothing to show.',
  });
}

/** The query with a limit of its own: behind it, or around it where it has one already, so that an order holds. */
export function limitedQuery(code: string, limit: number | undefined): string {
  if (limit === undefined) return code;
  const sql = code.replace(/[\s;]+$/, '');
  return isBounded(sql) ? `select * from (\n${sql}\n) millrace_shown\nlimit ${limit}` : `${sql}\nlimit ${limit}`;
}

const BOUNDS = ['limit', 'offset', 'fetch'];

/** Whether its outermost select says how many rows. Text without an end is for the database to refuse. */
function isBounded(sql: string): boolean {
  let depth = 0;
  try {
    for (const { key } of tokensOf(sql)) {
      if (key === '(') depth += 1;
      else if (key === ')') depth -= 1;
      else if (depth === 0 && BOUNDS.includes(key)) return true;
    }
  } catch (thrown) {
    if (!(thrown instanceof UnendedToken)) throw thrown;
  }
  return false;
}
