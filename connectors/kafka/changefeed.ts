import { type Changefeed, type StreamSchema, streamText } from '../contract/index.ts';
import type { KafkaConfig } from './config.ts';

/** Topics of TiCDC's Avro must name the database and the table, in this order. */
const TOPIC = '{schema}.{table}';

const ID = 'millrace';

/** What shell and URL both take as it is. */
const plain = (text: string) => encodeURIComponent(text);

/**
 * Settings of a changefeed that tells every change of the tables after a TSO, in a form from which rows come out exactly: decimals with their
 * digits, unsigned numbers as texts, and the commit of each change. Options as TiCDC documents them for Kafka sinks (docs.pingcap.com, "Sync data
 * to Kafka"). Tables need a key.
 */
export function changefeed(config: KafkaConfig, tables: readonly StreamSchema[], start: string): Changefeed {
  const whole = tables.filter(hasSecondUnique);
  const spread = tables.filter((table) => !whole.includes(table));
  const ways = [
    { partition: 'index-value', tables: spread },
    { partition: 'table', tables: whole },
  ].filter((way) => way.tables.length > 0);
  return {
    file: fileOf(tables, ways),
    command: commandOf(config, start),
    settings: [
      ['Tables', tables.map(nameOf).join(', ')],
      ['Data format', 'Avro, with the TiDB extension'],
      ['Decimals', 'PRECISE'],
      ['Unsigned BIGINT', 'STRING'],
      ['Topics', `by table, ${TOPIC}`],
      ...ways.map(({ partition, tables: of }): [string, string] => [
        partition === 'table' ? 'Partition by table' : 'Partition by index value',
        of.map(nameOf).join(', '),
      ]),
      ['Start', `TSO ${start}`],
    ],
    topics: tables.map(nameOf),
  };
}

function fileOf(
  tables: readonly StreamSchema[],
  ways: readonly { readonly partition: string; readonly tables: readonly StreamSchema[] }[],
): string {
  const list = (of: readonly StreamSchema[]) => of.map((table) => JSON.stringify(ruleOf(table))).join(', ');
  return [
    '[filter]',
    `rules = [${list(tables)}]`,
    '',
    '[sink]',
    'dispatchers = [',
    ...ways.map(({ partition, tables: of }) => {
      return `  { matcher = [${list(of)}], topic = "${TOPIC}", partition = "${partition}" },`;
    }),
    ']',
  ].join('\n');
}

/** A rule of TiDB's table filter: names in which a sign of its own would mean more than itself are quoted. */
function ruleOf({ stream }: StreamSchema): string {
  return [stream.namespace, stream.name]
    .map((part) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(part) ? part : `\`${part.replaceAll('`', '``')}\``))
    .join('.');
}

function commandOf({ brokers, registry, sasl, tls, ca, topics }: KafkaConfig, start: string): string {
  const options = [
    'protocol=avro',
    'enable-tidb-extension=true',
    'avro-decimal-handling-mode=precise',
    'avro-bigint-unsigned-handling-mode=string',
    `partition-num=${topics.partitions}`,
    ...(topics.replicas === undefined ? [] : [`replication-factor=${topics.replicas}`]),
    ...(tls ? ['enable-tls=true'] : []),
    ...(ca === undefined ? [] : [`ca=${plain(ca)}`]),
    ...(sasl === undefined
      ? []
      : [`sasl-mechanism=${sasl.mechanism}`, `sasl-user=${plain(sasl.user)}`, 'sasl-password=$KAFKA_PASSWORD']),
  ];
  const lines = [
    'cdc cli changefeed create',
    '--server=http://$CDC_SERVER:8300',
    `--changefeed-id=${ID}`,
    `--start-ts=${start}`,
    '--config=changefeed.toml',
    `--schema-registry="${registryOf(registry)}"`,
    `--sink-uri="kafka://${brokers.join(',')}/${ID}?${options.join('&')}"`,
  ];
  return lines.join(' \\\n  ');
}

function registryOf({ url, user }: KafkaConfig['registry']): string {
  const address = new URL(Array.isArray(url) ? url[0]! : url);
  const account = user === undefined ? '' : `${plain(user)}:$REGISTRY_PASSWORD@`;
  return `${address.protocol}//${account}${address.host}${address.pathname.replace(/\/$/, '')}`;
}

/** Values that rows exchange must arrive in order. */
function hasSecondUnique({ indexes = [] }: StreamSchema): boolean {
  return indexes.some((index) => index.unique);
}

function nameOf({ stream }: StreamSchema): string {
  return streamText(stream);
}
