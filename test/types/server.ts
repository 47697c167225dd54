import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createConnection, type ResultSetHeader } from 'mysql2/promise';
import type { Column, StreamSchema } from '../../connectors/contract/index.ts';
import { type Dialect, loadCharset, parseType, selectSql } from '../../connectors/types/index.ts';
import { sharedUrl } from '../services/shared.ts';

export const servers = ['mysql', 'mariadb', 'tidb'] as const satisfies readonly Dialect[];
export type Server = (typeof servers)[number];

export type Cell = Buffer | null;

/** A session in a database of its own, which goes with it. */
export interface Session extends AsyncDisposable {
  readonly dialect: Server;
  rows(sql: string): Promise<Cell[][]>;
  texts(sql: string): Promise<(string | null)[][]>;
  /** Returns `Records: 1  Deleted: 0  Skipped: 0  Warnings: 0`, and the warnings. */
  load(sql: string, text: Uint8Array): Promise<{ info: string; warnings: string[] }>;
}

export async function openSession(dialect: Server): Promise<Session> {
  const url = new URL(sharedUrl(dialect));
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: url.password,
    charset: 'utf8mb4_bin',
    rowsAsArray: true,
    flags: ['+LOCAL_FILES'],
    typeCast: (field) => field.buffer(),
  });
  const database = `mr_${randomBytes(6).toString('hex')}`;
  const rows = async (sql: string) => (await connection.query(sql))[0] as unknown as Cell[][];
  const texts = async (sql: string) => (await rows(sql)).map((row) => row.map((cell) => cell?.toString() ?? null));
  await rows("SET sql_mode='STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone='+00:00'");
  await rows(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  await rows(`USE ${database}`);
  return {
    dialect,
    rows,
    texts,
    load: async (sql, text) => {
      const options = { sql, infileStreamFactory: () => Readable.from([Buffer.from(text)]) };
      const [header] = (await connection.query(options)) as unknown as [ResultSetHeader];
      const warnings = (await texts('SHOW WARNINGS')).map((row) => row.join(' '));
      return { info: header.info.slice(header.info.indexOf('Records')), warnings };
    },
    [Symbol.asyncDispose]: async () => {
      await rows(`DROP DATABASE ${database}`);
      await connection.end();
    },
  };
}

/** The table's columns as millrace sees them. */
export async function readSchema(session: Session, table: string): Promise<StreamSchema> {
  const found = await session.texts(
    `SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, IS_NULLABLE
       FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' ORDER BY ORDINAL_POSITION`,
  );
  const columns = found.map(([name, dataType, columnType, charset, collation, nullable]): Column => {
    const native = {
      dataType: dataType ?? '',
      columnType: columnType ?? '',
      ...(charset === null || charset === undefined ? {} : { charset }),
      ...(collation === null || collation === undefined ? {} : { collation }),
    };
    return {
      name: name ?? '',
      type: parseType(native, session.dialect),
      nullable: nullable === 'YES',
      native: native.columnType,
    };
  });
  return { stream: { namespace: '', name: table }, columns };
}

/** The SELECT list for a schema, and the names of the columns that have a check. */
export function selectList(schema: StreamSchema, dialect: Dialect): { list: string; exact: string[] } {
  const all = schema.columns.map(({ name, type }) => ({ name, ...selectSql(`\`${name}\``, type, dialect) }));
  const checks = all.flatMap(({ exact }) => (exact === undefined ? [] : [exact]));
  return {
    list: [...all.map(({ value }) => value), ...checks].join(', '),
    exact: all.filter(({ exact }) => exact !== undefined).map(({ name }) => name),
  };
}

/** `CHARACTER SET` of LOAD DATA. */
export const charset = loadCharset;
