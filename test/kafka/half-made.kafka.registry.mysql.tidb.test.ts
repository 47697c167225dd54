import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KafkaClient } from '../../connectors/kafka/client.ts';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { KafkaDestination } from '../../connectors/kafka/destination.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import { SchemaRegistry } from '../../connectors/kafka/registry.ts';
import { overriding } from '../sides.ts';
import { openHop } from './hop.ts';
import { topicNames } from './read-topic.ts';

it('invariant 11: a run that ends when its topic was made, and before that was kept, leaves a topic that is its own', async () => {
  await using hop = await openHop('mysql', 'tidb');
  await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
  const config = kafkaFromUrl(new URL(hop.url));
  const ending = (client: KafkaClient) =>
    overriding(client, {
      async create(topic) {
        await client.create(topic);
        if (topic.name === hop.topic('t')) throw new TypeError('the process is gone');
      },
    });
  await using destination = new KafkaDestination({
    config,
    context: { pipeline: hop.out.id, pipelineName: 'test' },
    registry: new SchemaRegistry(config.registry),
    open: async () => ending(platformaticClient(config)),
  });
  const { finished } = await hop.write(undefined, { sides: { destination: () => destination } });
  assert.match(finished.error?.message ?? '', /the process is gone/);
  assert.ok((await topicNames(hop.url)).includes(hop.topic('t')));
  const again = await hop.write();
  assert.equal(again.finished.status, 'ok', JSON.stringify(again.finished.error));
  assert.equal(again.finished.counts.written, 1);
});
