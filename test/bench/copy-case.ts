import type { Server } from '../services/server.ts';
import { arrival } from './arrival.ts';
import type { Case } from './case.ts';
import { connect, DATABASE, type Lab, millrace, millraceUrl, ownProgram } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { copyByDlt } from './peer-dlt.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';
import { createSql, narrow, type SampleTable, sampleFiles, wide } from './sample-table.ts';

export type TargetKind = 'tidb' | 'mysql';

/** Share of the ceiling's rows a second, CPU seconds for a million rows, MiB. */
const LEAST_RATIO = 0.75;
const GOAL_RATIO = 0.85;
/** Source, target and millrace share two cores, which the ceiling has for the target alone. */
const TOLERATED_RATIO = 0.5;
const MOST_CPU = 4.5;
const MOST_MIB = 256;

export const copyCases: readonly Case[] = (['tidb', 'mysql'] as const).flatMap((kind) =>
  [wide, narrow].map((table) => ({
    name: `mysql-${kind}-${table.name}`,
    text: `MySQL to ${kind === 'tidb' ? 'TiDB' : 'MySQL'}, ${table.name}`,
    run: (lab: Lab) => copyCase(lab, kind, table),
  })),
);

/** One round measures each subject once, in turns, so that what the machine does besides hits all alike. */
async function copyCase(lab: Lab, kind: TargetKind, table: SampleTable): Promise<Result[]> {
  const source = await lab.mysql('source');
  await lab.filled(source, table);
  const files = await sampleFiles(table, lab.options.rows);
  const samples = { one: [] as Sample[], two: [] as Sample[], millrace: [] as Sample[] };
  let arrived = 'not looked at';
  for (let round = 0; round < lab.options.runs; round++) {
    samples.one.push(await ceiling(await emptyTarget(lab, kind), table, files, 1));
    samples.two.push(await ceiling(await emptyTarget(lab, kind), table, files, 2));
    const target = await emptyTarget(lab, kind);
    samples.millrace.push(await copyByMillrace(lab, source, target, table));
    if (round === 0) arrived = await compared(source, target, table);
  }
  const { rows } = lab.options;
  const best = Math.min(medianSeconds(samples.one), medianSeconds(samples.two));
  const name = `mysql-${kind}-${table.name}`;
  const cpu = (medianOf(samples.millrace, 'cpuSeconds') * 1_000_000) / rows;
  const results: Result[] = [
    { case: name, subject: 'LOAD DATA of ready files, one connection', rows, samples: samples.one },
    { case: name, subject: 'LOAD DATA of ready files, two connections', rows, samples: samples.two },
    {
      case: name,
      subject: 'millrace',
      rows,
      samples: samples.millrace,
      arrived,
      checks: [
        {
          what: 'of the ceiling',
          value: best / medianSeconds(samples.millrace),
          least: LEAST_RATIO,
          goal: GOAL_RATIO,
          tolerated: TOLERATED_RATIO,
        },
        ...(table === wide ? [{ what: 'CPU s a million rows', value: cpu, most: MOST_CPU }] : []),
        { what: 'MiB', value: Math.max(...samples.millrace.map(({ peakMib }) => peakMib)), most: MOST_MIB },
      ],
    },
  ];
  if (kind === 'tidb' && table === wide && lab.options.peers) results.push(await peer(lab, source, table, name));
  return results;
}

function medianOf(samples: readonly Sample[], field: keyof Sample): number {
  return samples.map((sample) => sample[field]).sort((a, b) => a - b)[samples.length >> 1]!;
}

/** A target without the table. */
export async function emptyTarget(lab: Lab, kind: TargetKind): Promise<Server> {
  if (kind === 'tidb') return lab.freshTidb();
  const server = await lab.mysql('target');
  await using connection = await connect(server);
  await connection.query(
    `DROP DATABASE IF EXISTS ${DATABASE}; DROP DATABASE IF EXISTS _millrace; CREATE DATABASE ${DATABASE}`,
  );
  return server;
}

/** The table loaded from ready files, each a transaction. */
export async function ceiling(
  target: Server,
  table: SampleTable,
  files: readonly string[],
  connections: number,
): Promise<Sample> {
  await using connection = await connect(target, DATABASE);
  await connection.query(createSql(table));
  const name = `${DATABASE}.${table.name}`;
  const run = await measure(ownProgram('load-files.ts', target.url, name, String(connections), ...files));
  // Only the loads: the ceiling has no process to start.
  return { ...sampleOf(run), seconds: Number(run.stdout) };
}

async function copyByMillrace(lab: Lab, source: Server, target: Server, table: SampleTable): Promise<Sample> {
  const cwd = await lab.ownFolder();
  const run = await measure(millrace('sync', millraceUrl(source), millraceUrl(target), '--tables', table.name), {
    cwd,
    env: { XDG_STATE_HOME: cwd },
  });
  return sampleOf(run);
}

async function compared(source: Server, target: Server, table: SampleTable): Promise<string> {
  await using from = await connect(source, DATABASE);
  await using to = await connect(target, DATABASE);
  return await arrival(from, to, table);
}

/** Measured once: it takes several times as long as everything else. */
async function peer(lab: Lab, source: Server, table: SampleTable, name: string): Promise<Result> {
  const target = await lab.freshTidb();
  const run = await copyByDlt({ source, target, table: table.name, cwd: await lab.ownFolder() });
  const arrived = await compared(source, target, table);
  return { case: name, subject: 'dlt, connectorx', rows: lab.options.rows, samples: [sampleOf(run)], arrived };
}
