import { z } from 'zod';
import { millraceError } from '../contract/index.ts';
import { type ServerInfo, sqlFields } from '../sql/index.ts';

/** Seconds after which a connection is not used again: half an hour, below the usual limits of proxies. */
const LIFETIME = 1800;

/** The databases that this connector reads and writes: MySQL, and those that are MySQL to their clients. */
export const mysqlConfig = z.strictObject({
  type: z.literal('mysql'),
  ...sqlFields({ port: 3306, lifetime: LIFETIME }),
  consistency: z
    .enum(['chunk', 'snapshot'])
    .default('chunk')
    .describe(
      '`chunk`: resumable, each part at its own time; `snapshot`: all tables in one transaction, which begins again when cut.',
    ),
});

export type MysqlConfig = z.output<typeof mysqlConfig>;

/** Throws `config.invalid` for a server that has a connector of its own. */
export function requireMysql(info: ServerInfo, at: string): void {
  if (info.dialect !== 'tidb') return;
  throw millraceError('config.invalid', `the server at ${at} is TiDB ${info.version}`, {
    at,
    fix: 'Use `type: tidb`, or a `tidb://` URL: it reads at one snapshot.',
  });
}
