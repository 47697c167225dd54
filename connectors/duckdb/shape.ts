import { type Column, DELETED_AT, loadedColumns, type Target } from '../contract/index.ts';
import { ddlType } from '../types/index.ts';

/** A column as it is wanted at the target. */
export interface WantedColumn {
  readonly name: string;
  readonly ddl: string;
  readonly nullable: boolean;
  /** Absent for the columns that millrace adds. */
  readonly source?: Column;
}

/** The columns that a target's table must have. Generated columns, indexes, checks and defaults are not made: DuckDB is a place to read. */
export function wantedColumns(target: Target): WantedColumn[] {
  const columns: WantedColumn[] = loadedColumns(target.source).map((source) => ({
    name: source.name,
    ddl: ddlType(source.type, 'duckdb'),
    nullable: source.nullable,
    source,
  }));
  if (target.constant !== undefined) columns.push({ name: target.constant.column, ddl: 'VARCHAR', nullable: false });
  if (target.write === 'soft_delete') columns.push({ name: DELETED_AT, ddl: 'TIMESTAMP', nullable: true });
  return columns;
}

/** The columns that a row is found by at the target: the source's key and the constant column. */
export function targetKey(target: Target): readonly string[] | undefined {
  if (target.source.key === undefined) return undefined;
  return target.constant === undefined ? target.source.key : [...target.source.key, target.constant.column];
}

/** Names as DuckDB tells them apart: case of ASCII letters does not count. */
export function folded(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
