import { DELETED_AT, type StreamName, type Target } from '../contract/index.ts';
import { findTable } from './catalog.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { Session } from './session.ts';
import { folded, targetKey, wantedColumns } from './shape.ts';

/** Columns of a stage beside the target's: what the row did, and its place in the transaction. */
export const STAGE_OP = '_millrace_op';
export const STAGE_ROW = '_millrace_row';

const DELETE = 2;

/** A temporary table that rows of a transaction go through on their way to a target that is written by key. */
export interface Stage {
  readonly table: StreamName;
  readonly columns: readonly string[];
  readonly target: Target;
}

/** Makes the stage of a target anew, empty, inside the transaction. Its columns are the target's, all of them nullable. */
export async function makeStage(session: Session, target: Target, number: number): Promise<Stage> {
  const columns = wantedColumns(target)
    .map(({ name }) => name)
    .filter((name) => name !== DELETED_AT);
  const name = `_millrace_stage_${number}`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${quoteName(name)} AS SELECT ${columns.map(quoteName).join(', ')},
       NULL::UTINYINT AS ${STAGE_OP}, NULL::BIGINT AS ${STAGE_ROW} FROM ${quoteTable(session.catalog, target.table)} LIMIT 0`,
  );
  return { table: { namespace: 'temp', name }, columns, target };
}

/** Brings the staged rows to the target, by its write mode. Returns how many a later row of the stage took the place of. */
export async function applyStage(session: Session, stage: Stage): Promise<number> {
  const { target } = stage;
  const table = quoteTable(session.catalog, target.table);
  const from = `temp.main.${quoteName(stage.table.name)}`;
  const columns = stage.columns.map(quoteName).join(', ');
  const key = targetKey(target);
  if (key === undefined || target.write === 'append' || target.write === 'overwrite') {
    await session.run(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${from}`);
    return 0;
  }
  const { superseded, deletes } = await countStage(session, from, key);
  const soft = target.write === 'soft_delete';
  const last =
    superseded === 0 ? '' : ` QUALIFY row_number() OVER (PARTITION BY ${list(key)} ORDER BY ${STAGE_ROW} DESC) = 1`;
  // A soft delete keeps the values of the row before it; a hard one leaves nothing to insert.
  const inserted = soft
    ? `SELECT ${columns} FROM ${from} WHERE ${STAGE_OP} <> ${DELETE}${last}`
    : `SELECT ${columns} FROM (SELECT * FROM ${from}${last}) WHERE ${STAGE_OP} <> ${DELETE}`;
  const replaced = soft ? `(SELECT * FROM ${from} WHERE ${STAGE_OP} <> ${DELETE})` : from;
  const others = await keepOthers(session, stage, key);
  await session.run(`DELETE FROM ${table} AS t USING ${replaced} AS s WHERE ${matches(key)}`);
  if (others === undefined) await session.run(`INSERT INTO ${table} (${columns}) ${inserted}`);
  else {
    const whole = `SELECT s.*, ${others.columns} FROM (${inserted}) AS s LEFT JOIN ${others.table} AS t ON ${matches(key)}`;
    await session.run(`INSERT INTO ${table} (${columns}, ${others.columns}) ${whole}`);
  }
  if (soft && deletes > 0) {
    await session.run(
      `UPDATE ${table} AS t SET ${quoteName(DELETED_AT)} = current_localtimestamp()
       FROM (SELECT * FROM (SELECT * FROM ${from}${last}) WHERE ${STAGE_OP} = ${DELETE}) AS s
       WHERE ${matches(key)} AND t.${quoteName(DELETED_AT)} IS NULL`,
    );
  }
  return superseded;
}

/** What the rows that are replaced have in columns that the stage does not bring: these stay as they are. Undefined where it brings all. */
async function keepOthers(session: Session, { table, columns, target }: Stage, key: readonly string[]) {
  const brought = new Set([...columns, DELETED_AT].map(folded));
  const found = (await findTable(session, target.table))?.columns ?? [];
  const others = found.map(({ name }) => name).filter((name) => !brought.has(folded(name)));
  if (others.length === 0) return undefined;
  const kept = `temp.main.${quoteName(`${table.name}_kept`)}`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${kept} AS SELECT ${list([...key, ...others])} FROM ${quoteTable(session.catalog, target.table)} AS t
       SEMI JOIN temp.main.${quoteName(table.name)} AS s ON ${matches(key)}`,
  );
  return { table: kept, columns: list(others) };
}

function list(names: readonly string[]): string {
  return names.map(quoteName).join(', ');
}

/** Key columns are never NULL. */
function matches(key: readonly string[]): string {
  return key.map((name) => `t.${quoteName(name)} = s.${quoteName(name)}`).join(' AND ');
}

async function countStage(
  session: Session,
  from: string,
  key: readonly string[],
): Promise<{ superseded: number; deletes: number }> {
  const [counts] = await session.rows(
    `SELECT (sum(n) - count(*))::VARCHAR, sum(d)::VARCHAR
     FROM (SELECT count(*) AS n, count(*) FILTER (${STAGE_OP} = ${DELETE}) AS d FROM ${from} GROUP BY ${list(key)})`,
  );
  return { superseded: Number(counts![0] ?? 0), deletes: Number(counts![1] ?? 0) };
}
