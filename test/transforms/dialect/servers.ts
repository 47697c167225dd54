import { DuckDBInstance, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import mysql from 'mysql2/promise';
import { type Dialect, type ModelServer, sessionSettings } from '../../../transforms/dialect/index.ts';
import { sharedUrl } from '../../services/shared.ts';

export const modelServers = ['tidb', 'mysql', 'mariadb', 'duckdb'] as const satisfies readonly ModelServer[];

/** Rows as `kind:value`, so that equal values are equal texts on every server, and a number is no text. NULL is null. */
export type Rows = readonly (readonly (string | null)[])[];

export interface ModelSession extends AsyncDisposable {
  readonly server: ModelServer;
  rows(sql: string): Promise<Rows>;
  /** Levels and messages of the statement before. */
  warnings(): Promise<string[]>;
}

/** A session of models, in no database. */
export function modelSession(server: ModelServer, dialect: Dialect = 'standard'): Promise<ModelSession> {
  return server === 'duckdb' ? duckdbSession(dialect) : mysqlSession(server, dialect);
}

async function duckdbSession(dialect: Dialect): Promise<ModelSession> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [name, value] of Object.entries(sessionSettings(dialect, 'duckdb'))) {
    await connection.run(`SET ${name} = ${value}`);
  }
  return {
    server: 'duckdb',
    rows: async (sql) => {
      const result = await connection.runAndReadAll(sql);
      const types = result.columnTypes();
      return result.getRows().map((row) => row.map((value, at) => duckdbText(value, types[at]!)));
    },
    warnings: async () => [],
    [Symbol.asyncDispose]: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const DUCKDB_NUMBERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.FLOAT,
]);

const DUCKDB_TIMES: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
]);

function duckdbText(value: unknown, { typeId }: DuckDBType): string | null {
  if (value === null) return null;
  if (typeof value === 'boolean') return number(value ? '1' : '0');
  if (DUCKDB_NUMBERS.has(typeId)) return number(String(value));
  return DUCKDB_TIMES.has(typeId) ? time(String(value)) : `text:${value}`;
}

async function mysqlSession(server: Exclude<ModelServer, 'duckdb'>, dialect: Dialect): Promise<ModelSession> {
  const options = {
    rowsAsArray: true,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
  };
  const connection = await mysql.createConnection({ uri: sharedUrl(server), ...options });
  try {
    for (const [name, value] of Object.entries(sessionSettings(dialect, server))) {
      await connection.query(`SET ${name} = ${value}`);
    }
  } catch (thrown) {
    await connection.end();
    throw thrown;
  }
  return {
    server,
    rows: async (sql) => {
      const [rows, fields] = await connection.query<mysql.RowDataPacket[][]>(sql);
      if (!Array.isArray(rows)) return [];
      return rows.map((row) => Array.from(row, (value, at) => mysqlText(value, fields[at]!.columnType ?? 0)));
    },
    warnings: async () => {
      const [rows] = await connection.query<mysql.RowDataPacket[][]>('SHOW WARNINGS');
      return rows.map(([level, , message]) => `${level}: ${message}`);
    },
    [Symbol.asyncDispose]: () => connection.end(),
  };
}

const { Types } = mysql;
const MYSQL_NUMBERS: ReadonlySet<number> = new Set([
  Types.TINY,
  Types.SHORT,
  Types.INT24,
  Types.LONG,
  Types.LONGLONG,
  Types.FLOAT,
  Types.DOUBLE,
  Types.DECIMAL,
  Types.NEWDECIMAL,
  Types.YEAR,
]);
const MYSQL_TIMES: ReadonlySet<number> = new Set([Types.DATE, Types.TIME, Types.DATETIME, Types.TIMESTAMP]);

function mysqlText(value: unknown, type: number): string | null {
  if (value === null) return null;
  if (MYSQL_NUMBERS.has(type)) return number(String(value));
  return MYSQL_TIMES.has(type)
    ? time(String(value))
    : `text:${Buffer.isBuffer(value) ? value.toString('latin1') : value}`;
}

/** Digits without zeros that say nothing. */
function number(text: string): string {
  const fixed = /[eE]/.test(text) ? String(Number(text)) : text;
  return `number:${fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed}`;
}

function time(text: string): string {
  return `time:${text
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
    .replace(/\+00(:00)?$/, '')}`;
}
