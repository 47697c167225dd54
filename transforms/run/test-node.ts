import { millraceError } from '../../connectors/contract/index.ts';
import { renderRelation } from '../adapter/relation.ts';
import { PyObject, type Value } from '../jinja/index.ts';
import { textOf } from '../jinja/value/text.ts';
import { buildTable, buildView } from '../materialize/index.ts';
import { ConfigReader } from './config-read.ts';
import { buildOf, relationOf } from './model-build.ts';
import type { Executed, NodeSteps } from './node-run.ts';
import { type CompiledText, compiledOf, type NodeWork, runText, sentOf } from './node-work.ts';
import { withoutSemicolon } from './sent-text.ts';
import { type TestRow, testQuery, verdictOf } from './test-verdict.ts';

/** A test: its query gives the rows that are wrong, and how many there are decides. */
export function testNode(work: NodeWork): NodeSteps<CompiledText> {
  return { compile: () => compiledOf(work), execute: ({ code }) => verify(work, code) };
}

async function verify(work: NodeWork, code: string): Promise<Executed> {
  const config = new ConfigReader(work.node);
  const rules = {
    severity: config.text('severity') ?? 'error',
    failCalc: config.text('fail_calc') ?? 'count(*)',
    warnIf: config.text('warn_if') ?? '!= 0',
    errorIf: config.text('error_if') ?? '!= 0',
    warnError: work.warnError,
  };
  const rows = withLimit(withoutSemicolon(code), config.count('limit'));
  const kept = await storeFailures(work, rows, config);
  const query = sentOf(work, testQuery(kept ?? rows, rules));
  const outcome = await runText(await work.session(), query, { fetch: true, limit: 2 });
  const [row, ...others] = outcome?.table?.rows ?? [];
  if (row === undefined || row.length !== 3 || others.length > 0) {
    throw millraceError('model.invalid', `the query of ${work.node.name} gave no single row of three columns`, {
      at: work.node.original_file_path,
    });
  }
  const verdict = verdictOf(rowOf(row), rules);
  const response = { _message: 'SELECT 1', code: 'SELECT', rows_affected: 1 };
  return { ...verdict, response };
}

function rowOf([failures, shouldWarn, shouldError]: readonly Value[]): TestRow {
  return { failures: plain(failures!), shouldWarn: plain(shouldWarn!), shouldError: plain(shouldError!) };
}

/** A sum is a DECIMAL on MySQL's family: its text counts. */
function plain(value: Value): unknown {
  return value instanceof PyObject ? textOf(value) : value;
}

/** A query of its own inside: it may end with a comment or have a limit already. */
function withLimit(sql: string, limit: number | undefined): string {
  return limit === undefined ? sql : `select * from (\n${sql}\n) dbt_internal_limited\nlimit ${limit}`;
}

/** Keeps the rows that are wrong as a table or view, and gives the query that reads them; undefined where none are kept. */
async function storeFailures(work: NodeWork, sql: string, config: ConfigReader): Promise<string | undefined> {
  const { node, adapter, session, signal, storeFailures: asked } = work;
  const said = config.text('store_failures_as') ?? (asked ? 'table' : 'ephemeral');
  if (said === 'ephemeral') return undefined;
  const as = config.word('store_failures_as', ['table', 'view'], 'table');
  const relation = relationOf(node, adapter.database);
  const build = buildOf(node, relation, sentOf(work, sql));
  if (as === 'view') await buildView(await session(), build, { signal });
  else await buildTable(await session(), build, { signal });
  return `select * from ${renderRelation(relation, adapter.names)}`;
}
