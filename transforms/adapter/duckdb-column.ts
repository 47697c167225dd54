import type { DuckDBResult } from '@duckdb/node-api';
import { parseType } from '../../connectors/types/index.ts';
import type { ResultColumn } from './adapter.ts';
import { resultColumn } from './sql-column.ts';

/** The columns of a result as DuckDB tells them. */
export function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes().map(String);
  return result.columnNames().map((name, at) => duckdbColumn(name, types[at]!, true));
}

export function duckdbColumn(name: string, native: string, nullable: boolean): ResultColumn {
  const type = parseType({ dataType: native.replace(/\(.*$/s, ''), columnType: native }, 'duckdb');
  return resultColumn(name, type, native, nullable);
}
