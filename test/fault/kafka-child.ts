import { writeSync } from 'node:fs';
import type { TransactionalProducer } from '../../connectors/kafka/client.ts';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { KafkaDestination } from '../../connectors/kafka/destination.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import { SchemaRegistry } from '../../connectors/kafka/registry.ts';
import { STATE_TOPIC } from '../../connectors/kafka/state-topic.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { runOnce } from '../pipeline.ts';
import { overriding } from '../sides.ts';

/** Where in a transaction of rows the process ends itself. */
export type KafkaPoint = 'rows sent' | 'position sent' | 'in the commit' | 'committed';

/** What a child process is told to run: one pipeline into Kafka, until the `nth` time that it is at a point. */
export interface KafkaTask {
  readonly ends: { readonly id: string; readonly from: string; readonly to: string };
  readonly config: PipelineConfig;
  readonly commitRows: number;
  readonly point: KafkaPoint;
  readonly nth: number;
}

const { ends, config, commitRows, point, nth } = JSON.parse(process.argv[2]!) as KafkaTask;
let times = 0;

function at(here: KafkaPoint): void {
  if (here !== point) return;
  times += 1;
  if (times === nth) process.kill(process.pid, 'SIGKILL');
}

/** Transactions that hold no row (a lane is opened) are not looked at. */
function watched(producer: TransactionalProducer): TransactionalProducer {
  let rows = false;
  return overriding(producer, {
    async send(sets) {
      const isPosition = sets.some(({ topic }) => topic === STATE_TOPIC);
      await producer.send(sets);
      rows ||= !isPosition;
      if (rows) at(isPosition ? 'position sent' : 'rows sent');
    },
    async commit() {
      const committed = producer.commit();
      // By then the request is on its way, and nobody knows whether it arrives.
      if (rows) setImmediate(() => at('in the commit'));
      await committed;
      if (rows) at('committed');
      rows = false;
    },
  });
}

const kafka = kafkaFromUrl(new URL(ends.to));
const { finished } = await runOnce(ends, config, {
  sides: {
    destination: () => {
      const destination = new KafkaDestination({
        config: kafka,
        context: { pipeline: ends.id, pipelineName: 'test' },
        registry: new SchemaRegistry(kafka.registry),
        open: async () => {
          const client = platformaticClient(kafka);
          return overriding(client, {
            producer: async (id, timeoutMs) => watched(await client.producer(id, timeoutMs)),
          });
        },
      });
      return overriding(destination, { can: { ...destination.can, commitRows } });
    },
  },
});
// Nothing else of this process is waited for.
writeSync(1, JSON.stringify(finished));
process.exit();
