import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../services/cache.ts';
import { javaOf, maven } from '../services/maven.ts';
import { freePort } from '../services/port.ts';
import { untilReady } from '../services/readiness.ts';
import { sharedUrl } from '../services/shared.ts';
import { supervise } from '../services/supervisor.ts';

const artifacts = {
  'org.apache.kafka:connect-runtime': '4.1.1',
  'io.debezium:debezium-connector-jdbc': '3.3.1.Final',
  'io.apicurio:apicurio-registry-utils-converter': '2.6.13.Final',
  'org.mariadb.jdbc:mariadb-java-client': '3.5.6',
  'org.slf4j:slf4j-simple': '1.7.36',
};

/** Kafka Connect with one connector of its own. */
export interface Connect extends AsyncDisposable {
  /** Asks again and again until it is so. Throws with the end of Connect's log where it ends, or it takes too long. */
  until(isSo: () => Promise<boolean>): Promise<void>;
}

/** Debezium's JDBC sink from a topic into a table of MariaDB, which it makes: rows found by the record's key, deletes included. */
export async function startSink(topic: string, databaseUrl: string, table: string): Promise<Connect> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-connect-'));
  const [worker, sink] = [join(folder, 'worker.properties'), join(folder, 'sink.properties')];
  await writeFile(worker, lines(await workerSettings(folder)));
  await writeFile(sink, lines(sinkSettings(topic, new URL(databaseUrl), table)));
  const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
  const jvm = ['-Xmx400m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', join(await installed(), 'lib', '*')];
  const running = await supervise([await javaOf('kafka'), ...jvm, main, worker, sink], folder);
  return {
    async until(isSo) {
      await untilReady(isSo, running.exited).catch(async (cause: Error) => {
        const log = await readFile(join(folder, 'log'), 'utf8');
        throw new Error(`Connect: ${cause.message}. The end of its log:\n${log.slice(-4_000)}`, { cause });
      });
    },
    [Symbol.asyncDispose]: () => running.end(),
  };
}

function installed(): Promise<string> {
  const dependencies = Object.entries(artifacts).map(([name, version]) => {
    const [group, artifact] = name.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  const pom = `<project>
<modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>connect</artifactId><version>1</version>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`;
  return cached(`connect-${Object.values(artifacts).join('-')}`, async (folder) => {
    await writeFile(join(folder, 'pom.xml'), pom);
    await maven('kafka', folder, ['dependency:copy-dependencies', '-DoutputDirectory=lib']);
  });
}

async function workerSettings(folder: string): Promise<Record<string, string>> {
  const registry = new URL('/apis/registry/v2', sharedUrl('registry')).href;
  const converter = (part: string) => ({
    [`${part}.converter`]: 'io.apicurio.registry.utils.converter.AvroConverter',
    [`${part}.converter.apicurio.registry.url`]: registry,
    // Confluent's frame: a zero and four bytes of an id, which is that of the content.
    [`${part}.converter.apicurio.registry.as-confluent`]: 'true',
    [`${part}.converter.apicurio.registry.use-id`]: 'contentId',
  });
  return {
    'bootstrap.servers': sharedUrl('kafka'),
    ...converter('key'),
    ...converter('value'),
    'offset.storage.file.filename': join(folder, 'offsets'),
    'consumer.isolation.level': 'read_committed',
    'consumer.auto.offset.reset': 'earliest',
    'plugin.discovery': 'service_load',
    listeners: `http://127.0.0.1:${await freePort()}`,
  };
}

function sinkSettings(topic: string, { host, pathname, username }: URL, table: string): Record<string, string> {
  return {
    name: `sink-of-${topic}`,
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    topics: topic,
    'connection.url': `jdbc:mariadb://${host}${pathname}`,
    'connection.username': username,
    'connection.password': '',
    'insert.mode': 'upsert',
    'primary.key.mode': 'record_key',
    'delete.enabled': 'true',
    'schema.evolution': 'basic',
    'collection.name.format': table,
  };
}

function lines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
