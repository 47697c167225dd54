import { randomBytes } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import { sharedUrl } from '../services/shared.ts';

/** A MySQL source and a TiDB destination with a database each, dropped when disposed. */
export interface Pair extends AsyncDisposable {
  readonly mysql: Connection;
  readonly tidb: Connection;
  /** `mysql://root@127.0.0.1:13306/mr_...` and its like. */
  readonly from: string;
  readonly to: string;
  readonly database: string;
}

export async function mysqlToTidb(): Promise<Pair> {
  const database = `mr_${randomBytes(5).toString('hex')}`;
  const [mysql, tidb] = await Promise.all([open('mysql', database), open('tidb', database)]);
  return {
    mysql,
    tidb,
    database,
    from: `${sharedUrl('mysql').replace(/\/$/, '')}/${database}`,
    to: `${sharedUrl('tidb')
      .replace(/\/$/, '')
      .replace(/^mysql:/, 'tidb:')}/${database}`,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([close(mysql, database), close(tidb, database)]);
    },
  };
}

async function open(kind: 'mysql' | 'tidb', database: string): Promise<Connection> {
  const connection = await createConnection({ uri: sharedUrl(kind), multipleStatements: true });
  await connection.query(`CREATE DATABASE ${database}; USE ${database}`);
  return connection;
}

async function close(connection: Connection, database: string): Promise<void> {
  await connection.query(`DROP DATABASE IF EXISTS ${database}`);
  await connection.end();
}
