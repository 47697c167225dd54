import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLES } from './shop.ts';

/** Addresses of the servers between which the soak flows, as `host:port`; `registry` is a URL. */
export interface Places {
  readonly mysql: string;
  readonly tidb: string;
  readonly kafka: string;
  readonly registry: string;
}

/** How a pipeline is kept going: followed, or run again and again. */
export type Manner = 'stream' | 'sync';

/** The ways that rows take, in order: each begins where one before it ends. */
export const FLOWS: readonly { readonly name: string; readonly manner: Manner }[] = [
  { name: 'shop-to-topics', manner: 'stream' },
  { name: 'topics-to-tidb', manner: 'stream' },
  { name: 'tidb-to-duckdb', manner: 'sync' },
  { name: 'tidb-to-topics', manner: 'sync' },
  { name: 'topics-to-duckdb', manner: 'stream' },
];

/** What is compared at the end: both sides of each hop that keeps rows. */
export const HOPS: readonly string[] = ['shop-to-tidb', 'tidb-to-duckdb', 'tidb-to-back'];

/** Topics cannot be compared with, so that what changes its columns between two comparisons is left out of the way back over them. */
const back = Object.keys(TABLES).filter((table) => table !== 'events');

/** Writes a project for the flows. TiDB's tables are in the database `shop`, as MySQL's. */
export function writeProject(folder: string, { mysql, tidb, kafka, registry }: Places): void {
  const server = (type: string, address: string) => {
    const [host, port] = address.split(':');
    return { type, host, port: Number(port), user: 'root', database: 'shop' };
  };
  const topics = (name: string) => ({
    type: 'kafka',
    brokers: [kafka],
    registry: { url: registry },
    topics: { name, partitions: 3 },
  });
  const shop = Object.keys(TABLES).map((table) => `shop.${table}`);
  const project = {
    version: 1,
    name: 'soak',
    connections: {
      shop: server('mysql', mysql),
      tidb: server('tidb', tidb),
      topics: topics('{table}'),
      back_topics: topics('back_{table}'),
      warehouse: { type: 'duckdb', path: 'warehouse.duckdb' },
      back: { type: 'duckdb', path: 'back.duckdb' },
    },
    pipelines: {
      'shop-to-topics': { from: 'shop', to: 'topics', streams: ['shop.*'], read: 'cdc', write: 'upsert' },
      'topics-to-tidb': { from: 'topics', to: 'tidb', streams: Object.keys(TABLES), read: 'cdc', write: 'upsert' },
      'tidb-to-duckdb': { from: 'tidb', to: 'warehouse', streams: shop, read: 'cdc', write: 'upsert' },
      'tidb-to-topics': {
        from: 'tidb',
        to: 'back_topics',
        streams: back.map((table) => `shop.${table}`),
        read: 'cdc',
        write: 'upsert',
      },
      'topics-to-duckdb': {
        from: 'back_topics',
        to: 'back',
        streams: back.map((table) => `back_${table}`),
        read: 'cdc',
        write: 'upsert',
      },
      'shop-to-tidb': { from: 'shop', to: 'tidb', streams: ['shop.*'] },
      'tidb-to-back': {
        from: 'tidb',
        to: 'back',
        streams: back.map((table) => `shop.${table}`),
        target: { database: 'main', table: 'back_{table}' },
      },
    },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'millrace.yaml'), `${JSON.stringify(project, null, 2)}\n`);
}
