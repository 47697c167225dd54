import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { RunEvent } from '../../connectors/contract/index.ts';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { SchemaRegistry } from '../../connectors/kafka/registry.ts';
import type { Places } from './project.ts';
import { KEYS } from './shop.ts';
import { type LoggedRecord, topicLog } from './topic-log.ts';

/** Versions by key, the key's values with `/` between them. */
type Versions = ReadonlyMap<string, string>;

/** The two ends of a hop, and the topic between them. */
interface Way {
  readonly source: (table: string) => Promise<Versions>;
  readonly target: (table: string) => Promise<Versions>;
  readonly topic?: (table: string) => string;
  /** The flows that write the topic and read it. */
  readonly flows: readonly string[];
}

const KEYS_SHOWN = 4;
const RECORDS_SHOWN = 6;

function wayOf(hop: string, { mysql, tidb }: Places, folder: string): Way {
  const inTidb = (table: string) => sqlVersions(tidb, table);
  switch (hop) {
    case 'shop-to-tidb':
      return {
        source: (table) => sqlVersions(mysql, table),
        target: inTidb,
        topic: (table) => table,
        flows: ['stream-shop-to-topics', 'stream-topics-to-tidb', 'sync-topics-to-tidb'],
      };
    case 'tidb-to-duckdb':
      return {
        source: inTidb,
        target: (table) => duckVersions(join(folder, 'warehouse.duckdb'), `shop.${table}`, table),
        flows: ['sync-tidb-to-duckdb'],
      };
    default:
      return {
        source: inTidb,
        target: (table) => duckVersions(join(folder, 'back.duckdb'), `main.back_${table}`, table),
        topic: (table) => `back_${table}`,
        flows: ['sync-tidb-to-topics', 'stream-topics-to-duckdb', 'sync-topics-to-duckdb'],
      };
  }
}

/**
 * Where rows of a table were lost or left over: between source and topic or between topic and target, what the topic has of some of their keys,
 * and which commits of the flows went over it.
 */
export async function inquest(hop: string, table: string, places: Places, folder: string): Promise<string> {
  const way = wayOf(hop, places, folder);
  const [source, target] = [await way.source(table), await way.target(table)];
  const between = differing(source, target);
  const lines = [
    `${hop} ${table}: source and target differ in ${between.length} keys: ${between.slice(0, 50).join(' ')}`,
  ];
  if (way.topic === undefined) return lines.join('\n');
  const topic = way.topic(table);
  const registry = new SchemaRegistry(
    kafkaFromUrl(new URL(`kafka://${places.kafka}?registry=${places.registry}`)).registry,
  );
  const records = await topicLog(places.kafka, registry, topic);
  const state = stateOf(records);
  lines.push(
    `  source and topic: ${differing(source, state).length} keys differ; topic and target: ${differing(state, target).length}`,
    `  keys under more than one schema or in more than one partition: ${strayed(records).length}`,
  );
  for (const key of between.slice(0, KEYS_SHOWN)) {
    lines.push(`  ${key}: source ${source.get(key)}, topic ${state.get(key)}, target ${target.get(key)}`);
    const own = records.filter((record) => record.key === key).slice(-RECORDS_SHOWN);
    for (const one of own) lines.push(`    ${recordText(topic, one)}`);
    const last = own.at(-1);
    if (last !== undefined)
      lines.push(...(await commitsOver(folder, way.flows, topic, last)).map((line) => `      ${line}`));
  }
  return lines.join('\n');
}

function differing(one: Versions, other: Versions): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key));
}

/** What the committed records of a topic come to. */
function stateOf(records: readonly LoggedRecord[]): Versions {
  const state = new Map<string, string>();
  for (const { committed, key, version } of records) {
    if (!committed) continue;
    if (version === undefined) state.delete(key);
    else state.set(key, version);
  }
  return state;
}

function strayed(records: readonly LoggedRecord[]): string[] {
  const seen = new Map<string, string>();
  const found = new Set<string>();
  for (const { key, partition, schema } of records) {
    const where = `${partition}/${schema}`;
    if ((seen.get(key) ?? where) !== where) found.add(key);
    seen.set(key, where);
  }
  return [...found];
}

function recordText(
  topic: string,
  { partition, offset, at, producer, committed, schema, version }: LoggedRecord,
): string {
  const what = version === undefined ? 'delete' : `version ${version}`;
  return `${topic}/${partition}@${offset} ${at} producer ${producer} key schema ${schema} ${committed ? '' : 'ROLLED BACK '}${what}`;
}

/** The last commit of the partition's lane before a record and the first behind it, of each flow that says so. */
async function commitsOver(
  folder: string,
  flows: readonly string[],
  topic: string,
  { partition, offset }: LoggedRecord,
): Promise<string[]> {
  const lines: string[] = [];
  for (const flow of flows) {
    const path = join(folder, `${flow}.log`);
    if (!existsSync(path)) continue;
    let before: string | undefined;
    let behind: string | undefined;
    for await (const line of createInterface(createReadStream(path))) {
      if (!line.includes(`"kafka/${topic}/${partition}"`)) continue;
      const event = parsed(line);
      if (event?.event !== 'committed') continue;
      const next = BigInt((JSON.parse(event.position) as { next: string }).next);
      const text = `${flow} ${event.at} up to ${next}: ${JSON.stringify(event.counts)}`;
      if (next <= offset) before = text;
      else behind ??= text;
    }
    if (before !== undefined) lines.push(`before it ${before}`);
    if (behind !== undefined) lines.push(`over it   ${behind}`);
  }
  return lines;
}

function parsed(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}

async function sqlVersions(address: string, table: string): Promise<Versions> {
  const session = await createConnection({
    uri: `mysql://root@${address}/shop`,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  try {
    const [rows] = await session.query<RowDataPacket[]>(
      `SELECT CONCAT_WS('/', ${KEYS[table]!.join(', ')}) k, version FROM ${table}`,
    );
    return new Map(rows.map(({ k, version }) => [String(k), String(version)]));
  } finally {
    await session.end();
  }
}

async function duckVersions(path: string, name: string, table: string): Promise<Versions> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll(
      `SELECT concat_ws('/', ${KEYS[table]!.join(', ')}), version::VARCHAR FROM ${name}`,
    );
    return new Map(rows.getRows().map(([key, version]) => [String(key), String(version)]));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
