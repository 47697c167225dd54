import { millraceError } from '../contract/index.ts';
import type { AvroField, AvroRecord } from './registry.ts';
import type { Zone } from './zone.ts';

/** Who wrote the messages of a topic, and how they tell of changes. */
export const formatNames = ['confluent', 'ticdc', 'debezium', 'debezium-json'] as const;
export type FormatName = (typeof formatNames)[number];

/** What a configuration says of the topics of a cluster. */
export interface FormatOptions {
  /** Absent: seen from the schema of each topic. */
  readonly format?: FormatName;
  /** That of TIMESTAMP texts, which TiCDC writes in the zone of its server. */
  readonly zone?: Zone;
}

/** How the messages of one topic are read. */
export interface TopicFormat extends FormatOptions {
  readonly format: FormatName;
}

/** The writer of a topic by its value schema; a schema of our own says all itself. */
export function topicFormat(avro: AvroRecord | undefined, options: FormatOptions): TopicFormat {
  if (avro !== undefined && 'millrace' in avro) return { ...options, format: 'confluent' };
  return { ...options, format: options.format ?? (avro === undefined ? 'debezium-json' : seenFormat(avro)) };
}

function seenFormat({ fields }: AvroRecord): FormatName {
  const names = new Set(fields.map(({ name }) => name));
  if (['before', 'after', 'source', 'op'].every((name) => names.has(name))) return 'debezium';
  return fields.some((field) => tidbParameters(field) !== undefined) ? 'ticdc' : 'confluent';
}

/** Whether the writer may send a change again after a restart. */
export function mayResend({ format }: TopicFormat): boolean {
  return format !== 'confluent';
}

/** What TiCDC says of a column beside its Avro type. */
export function tidbParameters({ type }: AvroField): Readonly<Record<string, string>> | undefined {
  const plain: unknown = Array.isArray(type) ? type.find((one) => one !== 'null') : type;
  if (typeof plain !== 'object' || plain === null) return undefined;
  const parameters: unknown = Reflect.get(plain, 'connect.parameters');
  if (typeof parameters !== 'object' || parameters === null || !('tidb_type' in parameters)) return undefined;
  return parameters as Readonly<Record<string, string>>;
}

/** Throws `config.invalid`: whoever guesses a zone moves times. */
export function requireZone({ zone }: TopicFormat, at: string): Zone {
  if (zone !== undefined) return zone;
  throw millraceError('config.invalid', `${at} is a TIMESTAMP in the zone of TiCDC's server, which no message names`, {
    at,
    fix: 'Set `timestamp_zone` of the Kafka connection to the zone of `cdc server` (`--tz`, else that of its machine).',
  });
}
