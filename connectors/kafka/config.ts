import { z } from 'zod';
import { millraceError } from '../contract/index.ts';
import { formatNames } from './format.ts';

const account = { user: z.string().min(1).optional(), password: z.string().optional() };

/** How record batches are written. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

const topicConfig = z.strictObject({
  name: z
    .string()
    .min(1)
    .default('{database}.{table}')
    .describe("Name of a target's topic. `{database}` and `{table}` are those of the target."),
  partitions: z
    .int()
    .min(1)
    .max(1000)
    .default(4)
    .describe('Partitions of a new topic. A table with a second unique key has one: its changes must stay in order.'),
  replicas: z.int().min(1).max(9).optional().describe("Replicas of a new topic; the cluster's own number by default."),
  retention_hours: z
    .number()
    .positive()
    .optional()
    .describe('How long rows that are appended stay in a new topic; for ever by default.'),
});

/** A Kafka cluster and the schema registry of its topics. */
export const kafkaConfig = z.strictObject({
  type: z.literal('kafka'),
  brokers: z.array(z.string().min(1)).min(1).describe('`host:port` of one or more brokers.'),
  registry: z
    .strictObject({
      url: z
        .union([z.url(), z.array(z.url()).min(1)])
        .describe("Root of a registry with Confluent's API; several of one registry are tried in turn."),
      ...account,
      token: z.string().min(1).optional().describe('Bearer token, instead of user and password.'),
      ca: z.string().min(1).optional().describe("PEM file of the authority that the registry's certificate is from."),
    })
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
  dead_letters: z
    .string()
    .min(1)
    .refine((name) => name !== '{topic}', 'it would be the topic that is read')
    .optional()
    .describe(
      'Topic that messages which cannot be read are written to as they are, beside the `_millrace_rejects` of the target, e.g. `{topic}.dead`: `{topic}` is the topic that is read.',
    ),
  tls: z.boolean().default(false).describe('Encrypt connections to the brokers.'),
  ca: z.string().min(1).optional().describe("PEM file of the authority that the brokers' certificates are from."),
  compression: z.enum(compressions).default('none').describe('Compression of what is written.'),
  topics: topicConfig.prefault({}).describe('Topics that are written.'),
  transaction_seconds: z
    .int()
    .min(10)
    .max(900)
    .default(60)
    .describe('Longest transaction. Brokers take up to 900 seconds.'),
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
      : {
          sasl: {
            ...option(url, 'mechanism'),
            user: decodeURIComponent(url.username),
            password: decodeURIComponent(url.password),
          },
        }),
    ...option(url, 'format'),
    ...option(url, 'timestamp_zone'),
    ...option(url, 'dead_letters'),
    ...(url.searchParams.has('tls') ? { tls: url.searchParams.get('tls') === 'true' } : {}),
    ...option(url, 'ca'),
    ...option(url, 'compression'),
  });
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'URL'}: ${issue.message}`).join('; ');
  throw millraceError('config.invalid', `kafka://${url.host}: ${why}`, {
    fix: 'Write kafka://host:port?registry=http://host:port.',
  });
}

function option({ searchParams }: URL, name: string): object {
  const value = searchParams.get(name);
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
