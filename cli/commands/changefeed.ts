import { type Changefeed, millraceError, type StreamSchema, streamText } from '../../connectors/contract/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { openSource } from '../config/opening.ts';
import { selectConnection } from '../config/place.ts';
import type { Connection } from '../config/project.ts';
import { EXIT } from '../exit.ts';
import { noSignal, noticeSink } from '../inspection.ts';
import { plural } from '../output/format.ts';

/** `millrace changefeed`: asks TiDB for its tables and its present TSO; makes nothing, and does not connect to the brokers. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const [from, via] = invocation.args.map((place) => selectConnection(invocation, place)) as [Connection, Connection];
  if (via.connector.changefeed === undefined) {
    throw millraceError('config.invalid', `${via.name}: changes are told into Kafka, not into ${via.connector.title}`);
  }
  await using source = openSource(from, { emit: noticeSink(invocation) });
  if (source.now === undefined) {
    throw millraceError('config.invalid', `${from.name}: changefeeds are of TiDB, not of ${from.connector.title}`, {
      fix: 'Read a MySQL or MariaDB by `read: cdc`: its log is followed.',
    });
  }
  // The moment comes first: what is committed while the tables are looked at is told, too.
  const start = await source.now(noSignal);
  const tables = await source.discover(invocation.options.tables ?? ['*'], noSignal);
  requireKeys(tables);
  const feed = via.connector.changefeed(via.config, tables, start);
  return {
    exit: EXIT.ok,
    summary: `${plural(tables.length, 'table')} from TSO ${start}`,
    result: { start, ...feed },
    report: report(from, via, feed, tables),
  };
}

function requireKeys(tables: readonly StreamSchema[]): void {
  const keyless = tables.filter(({ key }) => key === undefined).map(({ stream }) => streamText(stream));
  if (tables.length === 0) throw millraceError('source.stream-missing', 'there are no such tables');
  if (keyless.length === 0) return;
  throw millraceError(
    'config.invalid',
    `${keyless.join(', ')}: a table without a key is told by no changefeed in Avro`,
    {
      at: keyless[0]!,
      fix: 'Give it a primary key, or leave it out with `--tables`.',
    },
  );
}

function report(
  from: Connection,
  via: Connection,
  { file, command, settings, topics }: Changefeed,
  tables: readonly StreamSchema[],
): string {
  const width = Math.max(...settings.map(([name]) => name.length));
  const named = (text: string) => (/^[\w.]+$/.test(text) ? text : JSON.stringify(text));
  return [
    '# 1. Make the changefeed: by TiCDC, with this as changefeed.toml',
    '',
    file,
    '',
    command,
    '',
    '# or in the console of TiDB Cloud, as a changefeed to Kafka',
    '',
    ...settings.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    '# 2. Copy the tables, then follow the topics: in millrace.yaml',
    '',
    'pipelines:',
    '  copy:',
    `    from: ${from.name}`,
    '    to: TARGET',
    '    read: full',
    '    write: upsert',
    `    streams: [${tables.map(({ stream }) => named(streamText(stream))).join(', ')}]`,
    '  changes:',
    `    from: ${via.name}`,
    '    to: TARGET',
    '    adopt: true',
    '    streams:',
    ...tables.map(({ stream: { namespace, name } }, i) => {
      return `      - { name: ${named(topics[i]!)}, target: { database: ${named(namespace)}, table: ${named(name)} } }`;
    }),
    '',
    'millrace sync copy && millrace stream changes',
  ].join('\n');
}
