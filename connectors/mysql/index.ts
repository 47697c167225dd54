import type { Connector } from '../contract/index.ts';
import { endpoint, SqlDestination, SqlPool, SqlSource, sqlFromUrl } from '../sql/index.ts';
import { withLog } from './binlog-reading.ts';
import { chunkReading } from './chunk-reading.ts';
import { type MysqlConfig, mysqlConfig, requireMysql } from './config.ts';
import { snapshotReading } from './snapshot-reading.ts';

/** What a transaction holds at most before it is committed. */
const limits = { commitBytes: 32 * 1024 * 1024, commitRows: 100_000, commitSeconds: 10, lanes: 4 };

export const mysqlConnector: Connector<MysqlConfig> = {
  type: 'mysql',
  title: 'MySQL, MariaDB, TDSQL-C and Aurora MySQL',
  tested: ['MySQL 9.7', 'MariaDB 10.11'],
  expected: [
    'MySQL 5.7 to 9.x',
    'MariaDB 10.6 to 11.x',
    'TDSQL-C MySQL 5.7 and 8.0, also Serverless',
    'Aurora MySQL 2 and 3, also Serverless v2',
  ],
  config: mysqlConfig,
  schemes: ['mysql', 'mariadb'],
  fromUrl: (url) => sqlFromUrl(url, 'mysql', mysqlConfig),
  source(config, context) {
    const pool = new SqlPool(config, { side: 'source', ...context });
    return new SqlSource({
      pool,
      dialect: 'mysql',
      modes: ['full', 'incremental', 'cdc'],
      oneLog: true,
      reading: (sessions, info) => {
        requireMysql(info, endpoint(config));
        const reading = config.consistency === 'snapshot' ? snapshotReading(sessions) : chunkReading(sessions);
        return withLog(reading, sessions, info);
      },
    });
  },
  destination(config, context) {
    const pool = new SqlPool(config, { side: 'destination', ...context });
    return new SqlDestination({
      pool,
      context,
      dialect: 'mysql',
      limits,
      accept: (info) => requireMysql(info, endpoint(config)),
    });
  },
};
