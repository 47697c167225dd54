import type { AdapterSession } from '../adapter/adapter.ts';
import { nameRules, type RelationName, renderRelation } from '../adapter/relation.ts';
import type { Step } from './step.ts';
import { clearSteps, type Standing } from './swap.ts';

/**
 * Makes the empty table that is built into. On TiDB the table that stands by is taken where it has the wanted shape: one that readers'
 * prepared statements know is never dropped then, see `swapSteps`. What a killed build left in it goes.
 */
export async function freshTable(
  session: AdapterSession,
  standing: Standing,
  table: RelationName,
  create: string,
): Promise<Step[]> {
  const anew: Step[] = [...clearSteps(standing), { name: 'create', sql: create }];
  if (session.adapter.type !== 'tidb' || standing.build?.type !== 'table') return anew;
  const name = renderRelation(table, nameRules('tidb'));
  session.setModes(undefined);
  const shown = await session.execute(`SHOW CREATE TABLE ${name}`, { fetch: true });
  if (plain(String(shown.table?.rows[0]?.[1])) !== plain(create)) return anew;
  const { table: rows } = await session.execute(`SELECT 1 FROM ${name} LIMIT 1`, { fetch: true });
  return rows?.rows.length === 0 ? [] : [{ name: 'clear', sql: `TRUNCATE TABLE ${name}` }];
}

/** A CREATE TABLE without its name, and without what says the same in two ways. What it does not know makes two tables differ. */
function plain(create: string): string {
  return create
    .slice(create.indexOf(' (\n'))
    .replace(/ ENGINE=\w+/, '')
    .replace(/DEFAULT (CHARACTER SET |CHARSET=)utf8mb4 COLLATE[ =]utf8mb4_bin/, 'utf8mb4')
    .replace(/(?<!NOT)( DEFAULT)? NULL\b/g, '')
    .replace(/\b(tinyint|smallint|mediumint|int|bigint)\((?!1\))\d+\)/g, '$1')
    .replace(/\bINDEX\b/g, 'KEY')
    .replaceAll('`, `', '`,`')
    .replace(/\s+/g, ' ');
}
