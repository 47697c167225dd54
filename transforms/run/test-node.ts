import { millraceError } from '../../connectors/contract/index.ts';
import { renderRelation } from '../adapter/relation.ts';
import { TableObject } from '../context/table.ts';
import { PyObject, type Value } from '../jinja/index.ts';
import { textOf } from '../jinja/value/text.ts';
import { buildTable, buildView } from '../materialize/index.ts';
import type { MacroNode } from '../project/manifest.ts';
import { ConfigReader } from './config-read.ts';
import { materialize } from './custom-node.ts';
import { buildOf, relationOf } from './model-build.ts';
import type { Executed, NodeSteps } from './node-run.ts';
import { type CompiledText, compiledOf, type NodeWork, runText, sentOf } from './node-work.ts';
import { withoutSemicolon } from './sent-text.ts';
import { type TestRow, testQuery, verdictOf } from './test-verdict.ts';

/**
 * A test: its query gives the rows that are wrong, and how many there are decides.
 * @param macro of the project, which runs the query that counts them instead of millrace
 */
export function testNode(work: NodeWork, macro?: MacroNode): NodeSteps<CompiledText> {
  return { compile: () => compiledOf(work), execute: ({ code }) => verify(work, code, macro) };
}

async function verify(work: NodeWork, code: string, macro: MacroNode | undefined): Promise<Executed> {
  const config = new ConfigReader(work.node);
  const rules = {
    severity: config.text('severity') ?? 'error',
    failCalc: config.text('fail_calc') ?? 'count(*)',
    warnIf: config.text('warn_if') ?? '!= 0',
    errorIf: config.text('error_if') ?? '!= 0',
    warnError: work.warnError,
  };
  const given = macro === undefined ? await counted(work, code, config, rules) : await countedBy(work, code, macro);
  const [row, ...others] = given;
  if (row === undefined || row.length !== 3 || others.length > 0) {
    throw millraceError('model.invalid', `the query of ${work.node.name} gave no single row of three columns`, {
      at: work.node.original_file_path,
    });
  }
  const verdict = verdictOf(rowOf(row), rules);
  const response = { _message: 'SELECT 1', code: 'SELECT', rows_affected: 1 };
  return { ...verdict, response };
}

async function counted(
  work: NodeWork,
  code: string,
  config: ConfigReader,
  rules: Parameters<typeof testQuery>[1],
): Promise<readonly (readonly Value[])[]> {
  const rows = withLimit(withoutSemicolon(code), config.count('limit'));
  const kept = await storeFailures(work, rows, config);
  const query = sentOf(work, testQuery(kept ?? rows, rules));
  const outcome = await runText(await work.session(), query, { fetch: true, limit: 2 });
  return outcome?.table?.rows ?? [];
}

/** The rows of `statement('main', fetch_result=true)`. */
async function countedBy(work: NodeWork, code: string, macro: MacroNode): Promise<readonly (readonly Value[])[]> {
  const table = (await materialize(work, macro, code)).get('table');
  return table instanceof TableObject ? table.data : [];
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
