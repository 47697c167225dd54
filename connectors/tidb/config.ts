import { z } from 'zod';
import { millraceError } from '../contract/index.ts';
import { type ServerInfo, sqlFields } from '../sql/index.ts';

/** Seconds: TiDB Cloud advises at most five minutes, and cuts connections at thirty. */
const LIFETIME = 280;

export const tidbConfig = z.strictObject({
  type: z.literal('tidb'),
  ...sqlFields({ port: 4000, lifetime: LIFETIME }),
});

export type TidbConfig = z.output<typeof tidbConfig>;

/** Throws `config.invalid` for a server that is not TiDB. */
export function requireTidb(info: ServerInfo, at: string): void {
  if (info.dialect === 'tidb') return;
  throw millraceError('config.invalid', `the server at ${at} is ${info.flavour} ${info.version}, not TiDB`, {
    at,
    fix: 'Use `type: mysql`, or a `mysql://` URL.',
  });
}
