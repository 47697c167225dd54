import { randomUUID } from 'node:crypto';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { openDatabase, type Ran, runOnce, type ServerName, type TestDatabase, type TestRun } from '../pipeline.ts';
import { kafkaUrl } from './produce.ts';
import { deleteTopics, topicNames } from './read-topic.ts';

/** A database, the topics that it is written to, and a database that the topics are read into. */
export interface Hop extends AsyncDisposable {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  readonly url: string;
  /** The topic of a table of the source. */
  topic(table: string): string;
  /** The pipeline into the topics. */
  readonly out: { readonly id: string; readonly from: string; readonly to: string };
  /** The pipeline out of them. */
  readonly back: { readonly id: string; readonly from: string; readonly to: string };
  /** Runs source to topics once. */
  write(config?: Partial<PipelineConfig>, options?: TestRun): Promise<Ran>;
  /** Runs topics to target once. Tables have the topics' names there. */
  read(...tables: string[]): Promise<Ran>;
}

export async function openHop(from: ServerName, to: ServerName, query = ''): Promise<Hop> {
  const source = await openDatabase(from);
  const target = await openDatabase(to);
  const url = kafkaUrl();
  const topic = (table: string) => `${source.name}.${table}`;
  const out = { id: randomUUID(), from: source.url, to: `${url}${query}` };
  const back = { id: randomUUID(), from: url, to: target.url };
  return {
    source,
    target,
    url,
    topic,
    out,
    back,
    write: (config, options) => runOnce(out, { streams: [`${source.name}.*`], ...config }, options),
    read: (...tables) => runOnce(back, { streams: tables.map(topic), target: { table: '{table}' } }),
    [Symbol.asyncDispose]: async () => {
      await deleteTopics(
        url,
        (await topicNames(url)).filter((name) => name.startsWith(`${source.name}.`)),
      );
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    },
  };
}
