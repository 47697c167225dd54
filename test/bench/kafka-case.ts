import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFinished } from '../../connectors/contract/index.ts';
import type { Server } from '../services/server.ts';
import { arrival } from './arrival.ts';
import type { Case } from './case.ts';
import { ceiling, emptyTarget, type TargetKind } from './copy-case.ts';
import { sendByKafka } from './kafka-send.ts';
import { connect, DATABASE, type Lab, millrace, millraceUrl, ownProgram } from './lab.ts';
import { type Measured, measure, sampleOf } from './measured.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';
import { sampleFiles, wide } from './sample-table.ts';

/** Share of the rows a second that can be read at all, and of those that ready files are loaded with. */
const LEAST_OF_READING = 0.4;
const LEAST_OF_LOADING = 0.75;
const TOPIC = `${DATABASE}.${wide.name}`;

export const kafkaCases: readonly Case[] = [
  { name: `mysql-kafka-${wide.name}`, text: `MySQL to Kafka Avro, ${wide.name}`, run: intoTopic },
  ...(['tidb', 'mysql'] as const).map((kind) => ({
    name: `kafka-${kind}-${wide.name}`,
    text: `Kafka Avro to ${kind === 'tidb' ? 'TiDB' : 'MySQL'}, ${wide.name}`,
    run: (lab: Lab) => outOfTopic(lab, kind),
  })),
];

/**
 * Each run has a topic of its own: one that has rows already is read, too, before it is said which are gone. The first run is not counted: it
 * is for the broker, whose Java is slow until it has compiled what it does.
 */
async function intoTopic(lab: Lab): Promise<Result[]> {
  const broker = await lab.freshKafka();
  const source = await lab.mysql('source');
  await lab.filled(source, wide);
  const { rows, runs } = lab.options;
  const raw: Sample[] = [];
  const own: Sample[] = [];
  const sent: Sample[] = [];
  let arrived = 'not looked at';
  await intoNewTopic(lab, source, broker, 'warm');
  for (let round = 0; round < runs; round++) {
    const reading = await measure(ownProgram('raw-read.ts', source.url, `SELECT * FROM ${TOPIC}`));
    raw.push({ ...sampleOf(reading), seconds: (JSON.parse(reading.stdout) as { seconds: number }).seconds });
    const run = await intoNewTopic(lab, source, broker, `run-${round}`);
    const { written } = finishedOf(run).counts;
    arrived = written === rows ? 'equal' : `${written} rows`;
    own.push(sampleOf(run));
    sent.push(await sendByKafka(new URL(broker).host, rows, finishedOf(run).bytes / rows));
  }
  const name = `mysql-kafka-${wide.name}`;
  const value = medianSeconds(raw) / medianSeconds(own);
  return [
    { case: name, subject: 'raw rows, framing only', rows, samples: raw },
    { case: name, subject: "Kafka's own ProducerPerformance, as many bytes", rows, samples: sent },
    {
      case: name,
      subject: 'millrace',
      rows,
      samples: own,
      arrived,
      checks: [{ what: 'of the ceiling', value, least: LEAST_OF_READING }],
    },
  ];
}

async function intoNewTopic(lab: Lab, source: Server, broker: string, topic: string): Promise<Measured> {
  const cwd = await lab.ownFolder();
  const url = new URL(broker);
  const registry = { url: url.searchParams.get('registry') };
  const project = {
    name: 'bench',
    connections: {
      from: { type: source.kind, host: '127.0.0.1', port: source.port, user: 'root', database: DATABASE },
      to: { type: 'kafka', brokers: [url.host], registry, topics: { name: `${topic}.{table}` } },
    },
    pipelines: { copy: { from: 'from', to: 'to', streams: [TOPIC] } },
  };
  await writeFile(join(cwd, 'millrace.yaml'), JSON.stringify(project));
  return await measure(millrace('sync', 'copy', '--json'), { cwd, env: { XDG_STATE_HOME: cwd } });
}

async function outOfTopic(lab: Lab, kind: TargetKind): Promise<Result[]> {
  const broker = await lab.freshKafka();
  const source = await lab.mysql('source');
  await lab.filled(source, wide);
  await sync(lab, millraceUrl(source), broker, wide.name);
  const { rows, runs } = lab.options;
  const files = await sampleFiles(wide, rows);
  const loads: Sample[] = [];
  const own: Sample[] = [];
  let arrived = 'not looked at';
  for (let round = 0; round < runs; round++) {
    loads.push(await ceiling(await emptyTarget(lab, kind), wide, files, 1));
    const target = await emptyTarget(lab, kind);
    own.push(sampleOf(await sync(lab, broker, millraceUrl(target), TOPIC)));
    if (round === 0) arrived = await compared(source, target);
  }
  const name = `kafka-${kind}-${wide.name}`;
  const value = medianSeconds(loads) / medianSeconds(own);
  return [
    { case: name, subject: 'LOAD DATA of ready files, one connection', rows, samples: loads },
    {
      case: name,
      subject: 'millrace',
      rows,
      samples: own,
      arrived,
      checks: [{ what: 'of the ceiling', value, least: LEAST_OF_LOADING }],
    },
  ];
}

async function sync(lab: Lab, from: string, to: string, tables: string): Promise<Measured> {
  const cwd = await lab.ownFolder();
  return await measure(millrace('sync', from, to, '--tables', tables, '--json'), { cwd, env: { XDG_STATE_HOME: cwd } });
}

function finishedOf({ stdout }: Measured): RunFinished {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as RunFinished;
}

/** The table has the topic's name. */
async function compared(source: Server, target: Server): Promise<string> {
  await using from = await connect(source, DATABASE);
  await using to = await connect(target, DATABASE);
  return await arrival(from, to, wide, TOPIC);
}
