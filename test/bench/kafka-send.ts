import { randomUUID } from 'node:crypto';
import { kafkaTool } from '../services/recipes/kafka.ts';
import { measure, sampleOf } from './measured.ts';
import type { Sample } from './result.ts';

/** The settings that are most like what millrace sends: transactions of as many bytes, and batches as large. */
const settings = ['acks=all', 'batch.size=524288', 'linger.ms=5', 'buffer.memory=67108864'];

/**
 * Sends records of one size in transactions to a topic of four partitions by the tool that comes with the broker: what a producer reaches
 * here that has its records ready. Its seconds are those that it counts itself, without the start of its Java; its records have no key.
 */
export async function sendByKafka(broker: string, records: number, bytes: number): Promise<Sample> {
  const topic = `sent-${randomUUID()}`;
  const tool = await kafkaTool('org.apache.kafka.tools.TopicCommand');
  await measure([...tool, '--bootstrap-server', broker, '--create', '--topic', topic, '--partitions', '4']);
  const run = await measure([
    ...(await kafkaTool('org.apache.kafka.tools.ProducerPerformance')),
    ...['--topic', topic, '--num-records', String(records), '--record-size', String(Math.round(bytes))],
    ...['--throughput', '-1', '--transactional-id', topic, '--transaction-duration-ms', '1000'],
    ...['--producer-props', `bootstrap.servers=${broker}`, ...settings],
  ]);
  return { ...sampleOf(run), seconds: records / rate(run.stdout) };
}

/** Of the last line: `1000000 records sent, 163132.1 records/sec (31.11 MB/sec), ...`. */
function rate(stdout: string): number {
  const found = /records sent, ([\d.]+) records\/sec/.exec(stdout.trimEnd().split('\n').at(-1)!);
  if (found === null) throw new Error(`unlike what the tool says: ${stdout.slice(-500)}`);
  return Number(found[1]);
}
