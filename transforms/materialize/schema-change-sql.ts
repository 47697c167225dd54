import { type Dialect, ddlType } from '../../connectors/types/index.ts';
import type { ResultColumn } from '../adapter/adapter.ts';
import { nameRules, type RelationName, renderRelation } from '../adapter/relation.ts';
import type { SchemaPlan } from './schema-change.ts';
import type { Step } from './step.ts';
import { storageType } from './storage-type.ts';

/** ALTER TABLE by a plan. One statement a change: TiDB takes no column twice, and DuckDB one change at a time. */
export function alterStatements(table: RelationName, { add, drop, change }: SchemaPlan, dialect: Dialect): Step[] {
  const rules = nameRules(dialect);
  const alter = (name: string, clause: string): Step => ({
    name,
    sql: `ALTER TABLE ${renderRelation(table, rules)} ${clause}`,
  });
  const typed = ({ name, type, dataType }: ResultColumn) =>
    `${rules.quote(name)} ${dialect === 'duckdb' ? dataType : `${ddlType(storageType(type), dialect)}`}`;
  return [
    ...add.map((column) => alter('add', `ADD COLUMN ${typed(column)}${dialect === 'duckdb' ? '' : ' NULL'}`)),
    ...drop.map(({ name }) => alter('drop', `DROP COLUMN ${rules.quote(name)}`)),
    ...change.map((column) =>
      alter(
        'change',
        dialect === 'duckdb'
          ? `ALTER COLUMN ${rules.quote(column.name)} TYPE ${column.dataType}`
          : `MODIFY COLUMN ${typed(column)} NULL`,
      ),
    ),
  ];
}
