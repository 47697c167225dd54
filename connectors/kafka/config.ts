import { z } from 'zod';
import { millraceError } from '../contract/index.ts';
import { formatNames } from './format.ts';

const account = { user: z.string().min(1).optional(), password: z.string().optional() };

/** A Kafka cluster and the schema registry of its topics. */
export const kafkaConfig = z.strictObject({
  type: z.literal('kafka'),
  brokers: z.array(z.string().min(1)).min(1).describe('`host:port` of one or more brokers.'),
  registry: z
    .strictObject({ url: z.url().describe("Root of a registry with Confluent's API."), ...account })
    .describe('Schema registry.'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).default('PLAIN'),
      user: z.string().min(1),
      password: z.string(),
    })
    .optional()
    .describe('User of the brokers.'),
  format: z
    .enum(formatNames)
    .optional()
    .describe('Who wrote the topics that are read; absent: seen from the schema of each.'),
  timestamp_zone: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Zone of TIMESTAMP texts in messages of TiCDC: that of its server (`cdc server --tz`), e.g. `Europe/Berlin`.',
    ),
  tls: z.boolean().default(false).describe('Encrypt connections to the brokers.'),
});

export type KafkaConfig = z.output<typeof kafkaConfig>;

/** The first broker, for messages. */
export function clusterAt({ brokers }: KafkaConfig): string {
  return brokers[0]!;
}

/** `kafka://user:password@host:port?registry=http://host:port&tls=true`. Throws `config.invalid`. */
export function kafkaFromUrl(url: URL): KafkaConfig {
  const registry = url.searchParams.get('registry');
  const parsed = kafkaConfig.safeParse({
    type: 'kafka',
    brokers: [url.port === '' ? `${url.hostname}:9092` : url.host],
    ...(registry === null ? {} : { registry: registryFields(registry) }),
    ...(url.username === ''
      ? {}
      : { sasl: { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) } }),
    ...option(url, 'format'),
    ...option(url, 'timestamp_zone'),
    ...(url.searchParams.has('tls') ? { tls: url.searchParams.get('tls') === 'true' } : {}),
  });
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'URL'}: ${issue.message}`).join('; ');
  throw millraceError('config.invalid', `kafka://${url.host}: ${why}`, {
    fix: 'Write kafka://host:port?registry=http://host:port.',
  });
}

function option(url: URL, name: string): object {
  const value = url.searchParams.get(name);
  return value === null ? {} : { [name]: value };
}

/** User and password of a URL are no part of the address. */
function registryFields(text: string): object {
  if (!URL.canParse(text)) return { url: text };
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '') return { url: url.href };
  return { url: url.href, user: decodeURIComponent(username), password: decodeURIComponent(password) };
}
