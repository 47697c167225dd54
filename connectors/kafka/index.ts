import type { Connector } from '../contract/index.ts';
import { changefeed } from './changefeed.ts';
import type { KafkaClient } from './client.ts';
import { type KafkaConfig, kafkaConfig, kafkaFromUrl } from './config.ts';
import { KafkaDestination } from './destination.ts';
import { SchemaRegistry } from './registry.ts';
import { KafkaSource } from './source.ts';
import { namedZone } from './zone.ts';

export const kafkaConnector: Connector<KafkaConfig> = {
  type: 'kafka',
  title: 'Kafka, with Avro and a schema registry',
  tested: ['Apache Kafka 4.1', 'Apicurio Registry 3.0'],
  expected: ['Apache Kafka 3.5 to 4.x', 'Confluent Schema Registry'],
  config: kafkaConfig,
  relay: true,
  schemes: ['kafka'],
  fromUrl: kafkaFromUrl,
  changefeed,
  source: (config, { pipeline, writer }) =>
    new KafkaSource({
      config,
      open: () => openClient(config),
      registry: new SchemaRegistry(config.registry),
      formats: {
        ...(config.format === undefined ? {} : { format: config.format }),
        ...(config.timestamp_zone === undefined ? {} : { zone: namedZone(config.timestamp_zone) }),
      },
      ...(config.dead_letters === undefined ? {} : { deadLetters: config.dead_letters }),
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(writer === undefined ? {} : { writer }),
    }),
  destination: (config, context) =>
    new KafkaDestination({
      config,
      context,
      open: () => openClient(config),
      registry: new SchemaRegistry(config.registry),
    }),
};

/** The client's library is loaded when it is needed. */
async function openClient(config: KafkaConfig): Promise<KafkaClient> {
  return (await import('./platformatic-client.ts')).platformaticClient(config);
}
