import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { SslOptions } from 'mysql2';
import { millraceError } from '../contract/index.ts';
import { endpoint, type SqlConfig } from './config.ts';

/** Whether the host is this machine: nothing travels that could be listened to. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** mysql2's TLS options, or undefined for a plain connection. Throws `config.invalid` for files that cannot be read. */
export async function tlsOptions(config: SqlConfig): Promise<SslOptions | undefined> {
  const mode = config.tls ?? (isLoopback(config.host) ? 'off' : 'verify');
  if (mode === 'off') return undefined;
  const [ca, cert, key] = await Promise.all([
    pem(config, 'ca', config.ca),
    pem(config, 'cert', config.cert),
    pem(config, 'key', config.key),
  ]);
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: mode === 'verify',
    verifyIdentity: mode === 'verify',
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function pem(config: SqlConfig, field: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw millraceError('config.invalid', `\`${field}\`: ${path} cannot be read`, { at: endpoint(config), cause });
  }
}
