import { z } from 'zod';
import { millraceError } from '../contract/index.ts';
import { secretConfig } from './secret.ts';

/** What differs between the databases that share this configuration. */
export interface SqlDefaults {
  readonly port: number;
  /** Seconds after which a connection is not used again. */
  readonly lifetime: number;
}

/** The fields of every MySQL-protocol connection; a connector adds its `type` and fields of its own. */
export function sqlFields(defaults: SqlDefaults) {
  const seconds = z.number().positive();
  return {
    host: z.string().min(1).default('127.0.0.1').describe('Host name or address.'),
    port: z.number().int().min(1).max(65535).default(defaults.port).describe('TCP port.'),
    user: z.string().min(1).default('root').describe('User; on TiDB Cloud with its prefix, `prefix.user`.'),
    password: secretConfig.default('').describe('Password: `{ env }`, `{ file }` or `{ command }`, or the text.'),
    database: z
      .string()
      .min(1)
      .optional()
      .describe('Default database; as a destination, the one that holds the state.'),
    tls: z
      .enum(['verify', 'skip-verify', 'off'])
      .optional()
      .describe('`verify` unless the host is this machine; `skip-verify` encrypts without knowing for whom.'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe('Certificate authority: path of a PEM file. The well-known ones without it.'),
    cert: z.string().min(1).optional().describe('Client certificate: path of a PEM file.'),
    key: z.string().min(1).optional().describe('Key of the client certificate: path of a PEM file.'),
    wake_seconds: seconds
      .optional()
      .describe(
        'How long to wait for a sleeping cluster to wake; 120, but a first connection that this machine itself refuses is not waited for.',
      ),
    idle_seconds: seconds.default(30).describe('An unused connection is closed after this.'),
    lifetime_seconds: seconds.default(defaults.lifetime).describe('A connection older than this is not used again.'),
    max_connections: z.number().int().min(2).default(16).describe('Connections open at once, at most.'),
  };
}

const anySql = z.strictObject(sqlFields({ port: 3306, lifetime: 1800 }));

/** A MySQL-protocol connection as configured, defaults filled in. */
export type SqlConfig = z.output<typeof anySql>;

/** Where the connection leads, for messages: no user, no password. */
export function endpoint(config: SqlConfig): string {
  return config.host.includes(':') ? `[${config.host}]:${config.port}` : `${config.host}:${config.port}`;
}

/**
 * A configuration from `type://user:password@host:port/database?tls=verify&ca=...`; the query takes every field that is
 * plain text or a number. Throws `config.invalid`, whose message shows the URL without its password.
 */
export function sqlFromUrl<C>(url: URL, type: string, schema: z.ZodType<C>): C {
  const parsed = schema.safeParse({ type, ...urlFields(url) });
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'URL'}: ${issue.message}`).join('; ');
  throw millraceError('config.invalid', `${maskUrl(url)}: ${why}`);
}

function urlFields(url: URL): Record<string, string | number> {
  const fields: Record<string, string | number> = {};
  if (url.hostname !== '') fields.host = decoded(url, url.hostname).replace(/^\[(.*)\]$/, '$1');
  if (url.port !== '') fields.port = Number(url.port);
  if (url.username !== '') fields.user = decoded(url, url.username);
  if (url.password !== '') fields.password = decoded(url, url.password);
  if (url.pathname.length > 1) fields.database = decoded(url, url.pathname.slice(1));
  for (const [name, text] of url.searchParams) fields[name] = /_seconds$|^max_/.test(name) ? Number(text) : text;
  return fields;
}

/** No cause is kept: it would show the part, which may be the password. */
function decoded(url: URL, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw millraceError('config.invalid', `${maskUrl(url)}: a % is not followed by two hex digits; write it as %25`);
  }
}

/** The URL as text with `***` for its password. */
export function maskUrl(url: URL): string {
  const masked = new URL(url);
  if (masked.password !== '') masked.password = '***';
  if (masked.searchParams.has('password')) masked.searchParams.set('password', '***');
  return masked.href;
}
