import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Server } from '../services/server.ts';
import type { Case } from './case.ts';
import { connect, DATABASE, type Lab, millrace, millraceUrl } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { copyByDlt } from './peer-dlt.ts';
import { median, medianSeconds, type Result, type Sample } from './result.ts';
import { wide } from './sample-table.ts';

const LEAST_RATIO = 1.3;
/** DuckDB's own share is 2.5 to 3 s of it. */
const CPU = { most: 4.5, tolerated: 9 };
const NAME = 'tidb-duckdb-wide';

export const duckdbCases: readonly Case[] = [
  { name: NAME, text: 'TiDB to DuckDB, wide', run: (lab: Lab) => duckdbCase(lab) },
];

async function duckdbCase(lab: Lab): Promise<Result[]> {
  const { rows, runs, peers } = lab.options;
  const source = await lab.freshTidb();
  await lab.filled(source, wide);
  const samples = { millrace: [] as Sample[], dlt: [] as Sample[] };
  const arrived = { millrace: '', dlt: '' };
  for (let round = 0; round < runs; round++) {
    if (peers) {
      const cwd = await lab.ownFolder();
      const file = join(cwd, 'copy.duckdb');
      samples.dlt.push(sampleOf(await copyByDlt({ source, target: { file }, table: wide.name, cwd })));
      if (round === 0) arrived.dlt = await compared(source, file);
    }
    const cwd = await lab.ownFolder();
    const file = join(cwd, 'copy.duckdb');
    const words = ['sync', millraceUrl(source), `duckdb:${file}`, '--tables', wide.name];
    samples.millrace.push(sampleOf(await measure(millrace(...words), { cwd, env: { XDG_STATE_HOME: cwd } })));
    if (round === 0) arrived.millrace = await compared(source, file);
  }
  const cpu = (median(samples.millrace.map(({ cpuSeconds }) => cpuSeconds)) * 1_000_000) / rows;
  const checks = [{ what: 'CPU s a million rows', value: cpu, ...CPU }];
  const own: Result = { case: NAME, subject: 'millrace', rows, samples: samples.millrace, arrived: arrived.millrace };
  if (!peers) return [{ ...own, checks }];
  const value = medianSeconds(samples.dlt) / medianSeconds(samples.millrace);
  return [
    { case: NAME, subject: 'dlt, connectorx', rows, samples: samples.dlt, arrived: arrived.dlt },
    { ...own, checks: [{ what: "times dlt's speed", value, least: LEAST_RATIO }, ...checks] },
  ];
}

/** What both write alike: numbers and dates added up, texts by their lengths, NULLs counted; and the types. */
const FACTS = {
  rows: ['COUNT(*)', 'COUNT(*)'],
  quantity: ['SUM(quantity)', 'SUM(quantity)'],
  flags: ['SUM(flags)', 'SUM(flags)'],
  price: ['SUM(price)', 'SUM(CAST(price AS DECIMAL(18,4)))'],
  title: ['SUM(CHAR_LENGTH(title))', 'SUM(length(title))'],
  note: ['SUM(CHAR_LENGTH(note))', 'SUM(length(note))'],
  seen_at: ['SUM(MICROSECOND(seen_at))', 'SUM(microsecond(seen_at) % 1000000)'],
  doc: ["SUM(JSON_EXTRACT(doc, '$.a'))", "SUM(CAST(json_extract(CAST(doc AS JSON), '$.a') AS BIGINT))"],
  score: ['COUNT(score)', 'COUNT(score)'],
  payload: ['SUM(LENGTH(payload))', 'SUM(octet_length(payload))'],
} as const;

async function compared(source: Server, file: string): Promise<string> {
  await using connection = await connect(source, DATABASE);
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const duck = await instance.connect();
  const from = `(SELECT * FROM "${DATABASE}"."wide")`;
  const differences: string[] = [];
  for (const [name, [mysql, duckdb]] of Object.entries(FACTS)) {
    const [rows] = await connection.query({ sql: `SELECT CAST(${mysql} AS CHAR) FROM wide`, rowsAsArray: true });
    const sql = `SELECT CAST(${duckdb} AS VARCHAR) FROM ${from}`;
    const copied = await duck.runAndReadAll(sql).then(
      (read) => String(read.getRows()[0]![0]),
      (error: Error) => error.message.split('\n')[0]!,
    );
    const wanted = String((rows as unknown[][])[0]![0]);
    if (Number(wanted) !== Number(copied)) differences.push(`${name}: ${copied} where ${wanted}`);
  }
  duck.closeSync();
  instance.closeSync();
  return differences.length === 0 ? 'equal' : differences.join('; ');
}
