import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { StreamSchema } from '../contract/index.ts';
import type { FoundTable } from './catalog.ts';
import { quoteTable, schemaOf } from './quote.ts';
import type { Part, Relation } from './relation.ts';
import type { Session } from './session.ts';

/** Rows of a lane: ten of DuckDB's row groups. A fixed number, so that a read that goes on is cut in the same way. */
const LANE_ROWS = 1_228_800;

/** A table by ranges of its row ids, a view as one part without an order. `keys` are those that pipelines recorded. */
export async function tableRelation(
  session: Session,
  path: string,
  table: FoundTable,
  keys: ReadonlyMap<string, readonly string[]>,
): Promise<Relation> {
  const from = quoteTable(session.catalog, table.name);
  const lanes: Part[][] = table.view ? [[{ from, mark: 'none' }]] : await rowidLanes(session, from);
  return {
    schema: tableSchema(table, keys),
    columns: new Map(),
    from,
    lanes,
    fingerprint: fileFingerprint([path, `${path}.wal`]),
  };
}

/** The schema of a table as a stream. */
export function tableSchema(table: FoundTable, keys: ReadonlyMap<string, readonly string[]>): StreamSchema {
  const { namespace, name } = table.name;
  const recorded = keys.get(JSON.stringify([schemaOf(table.name), name]));
  const key = table.primaryKey ?? recorded;
  return {
    stream: { namespace, name },
    columns: table.columns.map(({ hasDefault: _, ...column }) => column),
    ...(key === undefined ? {} : { key }),
    ...(table.comment === undefined ? {} : { comment: table.comment }),
    ...(table.rows === undefined ? {} : { rows: table.rows }),
  };
}

async function rowidLanes(session: Session, from: string): Promise<Part[][]> {
  const [row] = await session.rows(`SELECT max(rowid)::VARCHAR FROM ${from}`);
  const count = Number(row?.[0] ?? -1) + 1;
  const lanes: Part[][] = [];
  for (let start = 0; start === 0 || start < count; start += LANE_ROWS) {
    lanes.push([{ from, where: `rowid >= ${start} AND rowid < ${start + LANE_ROWS}`, mark: 'rowid' }]);
  }
  return lanes;
}

/** Tells whether files are the same as before: names, sizes and times of change. Files that are not there count as that. */
export function fileFingerprint(paths: readonly string[]): string {
  const facts = paths.map((path) => {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? [path] : [path, String(stat.size), String(stat.mtimeNs)];
  });
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}
