import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { build } from '../command.ts';
import { javaOf, maven } from '../maven.ts';
import { freePort } from '../port.ts';
import type { Recipe, Settings } from '../recipe.ts';

const VERSION = '4.1.1';

/** Any UUID does; a fixed one, since a cluster is one node with a folder of its own. */
const CLUSTER_ID = 'AAAAAAAAQACAAAAAAAAAAQ';

const dependency = (group: string, artifact: string, version: string) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const POM = `<project>
<modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>kafka</artifactId><version>1</version>
<dependencies>
${dependency('org.apache.kafka', 'kafka_2.13', VERSION)}
${dependency('org.apache.kafka', 'kafka-tools', VERSION)}
${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
</dependencies>
</project>
`;

interface Listeners {
  readonly bind: string;
  readonly port: number;
  readonly controller: number;
  /** Where clients are told to come back to. */
  readonly advertised: number;
  readonly data: string;
}

/** One node that is broker and controller; one replica of everything, and groups that form at once. */
function properties(at: Listeners, flags: readonly string[]): string {
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${at.controller}`,
    `listeners=PLAINTEXT://${at.bind}:${at.port},CONTROLLER://127.0.0.1:${at.controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${at.advertised}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    `log.dirs=${at.data}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=5',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=5',
    'group.initial.rebalance.delay.ms=0',
  ];
  return `${[...lines, ...flags].join('\n')}\n`;
}

async function javaCommand(installed: string, main: string): Promise<string[]> {
  const jvm = ['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
  return [await javaOf('kafka'), ...jvm, '-cp', join(installed, 'lib', '*'), main];
}

/** Flags such as `--add-scram=...` are for the tool that makes the folder; the others are properties. */
const isOfFormat = (flag: string) => flag.startsWith('--');

async function prepare(installed: string, { port, folder, flags }: Settings): Promise<void> {
  const at = { bind: '127.0.0.1', port, controller: await freePort(), advertised: port, data: join(folder, 'data') };
  const file = join(folder, 'server.properties');
  await writeFile(
    file,
    properties(
      at,
      flags.filter((flag) => !isOfFormat(flag)),
    ),
  );
  const format = ['format', '-t', CLUSTER_ID, '-c', file, ...flags.filter(isOfFormat)];
  await build([...(await javaCommand(installed, 'kafka.tools.StorageTool')), ...format], folder);
}

/**
 * A Metadata request, version 1, for no topic. Its answer lists the brokers that take part, and none
 * before the node has joined its own cluster: https://kafka.apache.org/protocol#The_Messages_Metadata
 */
function metadataRequest(): Buffer {
  const body = Buffer.alloc(18);
  body.writeInt32BE(14, 0); // length of what follows
  body.writeInt16BE(3, 4); // api key: Metadata
  body.writeInt16BE(1, 6); // version
  body.writeInt32BE(1, 8); // correlation id
  body.writeInt16BE(-1, 12); // no client id
  body.writeInt32BE(0, 14); // an empty array of topics
  return body;
}

/** The count of brokers stands after length and correlation id, 4 bytes each. */
function answersWithBroker(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    const end = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.once('connect', () => socket.write(metadataRequest()));
    socket.once('data', (answer) => end(answer.length >= 12 && answer.readInt32BE(8) > 0));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => end(false));
  });
}

const install = () =>
  cached(`kafka-${VERSION}`, async (folder) => {
    await writeFile(join(folder, 'pom.xml'), POM);
    await maven('kafka', folder, ['dependency:copy-dependencies', '-DoutputDirectory=lib']);
  });

/** The command that runs a program of Kafka's own, by its class. Throws `Unavailable`. */
export const kafkaTool = async (main: string): Promise<string[]> => await javaCommand(await install(), main);

export const kafka: Recipe = {
  install,

  prepare,

  async launch(installed, { folder }) {
    return { command: [...(await javaCommand(installed, 'kafka.Kafka')), join(folder, 'server.properties')] };
  },

  image({ port, flags }) {
    const at = { bind: '0.0.0.0', port: 9092, controller: 9093, advertised: port, data: '/tmp/kafka-logs' };
    const file = '/mnt/shared/config/server.properties';
    return {
      name: `apache/kafka:${VERSION}`,
      port: at.port,
      files: { [file]: properties(at, flags) },
      env: { CLUSTER_ID },
    };
  },

  endBy: 'SIGKILL',
  ready: answersWithBroker,
};
