import { randomBytes } from 'node:crypto';
import { REJECTS_TOPIC } from '../../connectors/kafka/state-topic.ts';
import { kafkaUrl } from '../kafka/produce.ts';
import { deleteTopics, recordsOf, rowsOfTopic, topicNames } from '../kafka/read-topic.ts';
import type { DestinationPlace } from './place.ts';

/** A namespace of the shared cluster: topics whose names begin with it. What readers see is the newest value of each key, or all of what has none. */
export async function kafkaPlace(): Promise<DestinationPlace> {
  const namespace = `mr_${randomBytes(6).toString('hex')}`;
  const url = kafkaUrl();
  const tables = async () => (await topicNames(url)).filter((name) => name.startsWith(`${namespace}.`)).sort();
  const orders = async () => {
    const newest = new Map((await rowsOfTopic(url, `${namespace}.orders`)).map(({ values }) => [values[0], values]));
    const rows = [...newest.values()] as (string | null)[][];
    return rows.toSorted((a, b) => Number(a[0]) - Number(b[0]));
  };
  return {
    url,
    namespace,
    tables,
    orders,
    count: async (table) => (await rowsOfTopic(url, table)).length,
    rejects: async (pipeline) => {
      const kept = (await recordsOf(url, REJECTS_TOPIC)).map(({ value }) => JSON.parse(String(value)));
      return kept.filter((one) => one.pipeline === pipeline).map(({ stream, code }) => [stream, code]);
    },
    [Symbol.asyncDispose]: async () => deleteTopics(url, await tables()),
  };
}
