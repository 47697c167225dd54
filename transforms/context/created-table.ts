import type { AdapterSession } from '../adapter/adapter.ts';
import { type RelationName, renderRelation } from '../adapter/relation.ts';
import { checkContract } from '../materialize/contract.ts';
import { insertSelect, typesByName } from '../materialize/table.ts';
import { createTable } from '../materialize/table-ddl.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { buildOf } from '../run/model-build.ts';
import type { SentText } from '../run/sent-text.ts';

export interface TableRequest {
  /** Whose contract and comments the table gets, where it is no temporary one. */
  readonly node: ManifestNode | undefined;
  readonly name: RelationName;
  /** The query that fills it, as it was written. */
  readonly query: string;
  /** The same as the server gets it. */
  readonly sent: SentText;
  readonly isTemporary: boolean;
}

/**
 * Makes the empty table of a query on MySQL's family, with the types that its values have, and gives the statement that fills it, in the words of
 * the query: TiDB has no CREATE TABLE ... AS SELECT, and that of the others types by rules of its own.
 */
export async function createdTable(session: AdapterSession, request: TableRequest): Promise<string> {
  const { node, name, query, sent, isTemporary } = request;
  const dialect = session.adapter.type;
  if (dialect === 'duckdb') throw new Error('DuckDB makes tables of queries by itself');
  const build =
    node === undefined || isTemporary || node.resource_type !== 'model'
      ? { relation: name, sql: sent.sql }
      : buildOf(node, name, sent);
  session.setModes(sent.modes);
  const columns = await session.columnsOf(sent.sql);
  checkContract(build, columns, dialect);
  const types = typesByName(build, columns, dialect);
  await session.execute(createTable(name, { columns, build, dialect, indexes: [], types }));
  await session.noted(name, 'table');
  return insertSelect(renderRelation(name, session.adapter.names), { columns, sql: query, dialect });
}
