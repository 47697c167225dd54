import type { Case } from './case.ts';
import { DATABASE, type Lab, millraceUrl, ownProgram } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';
import { narrow, type SampleTable, wide } from './sample-table.ts';

const LEAST_RATIO = 0.5;
const GOAL_RATIO = 0.65;

export const readCases: readonly Case[] = [wide, narrow].map((table) => ({
  name: `mysql-avro-${table.name}`,
  text: `MySQL to Avro bytes, ${table.name}`,
  run: (lab: Lab) => readCase(lab, table),
}));

const layouts = ['text', 'typed'] as const;

async function readCase(lab: Lab, table: SampleTable): Promise<Result[]> {
  const source = await lab.mysql('source');
  await lab.filled(source, table);
  const raw: Sample[] = [];
  const read = { text: [] as Sample[], typed: [] as Sample[] };
  const { rows, runs } = lab.options;
  for (let round = 0; round < runs; round++) {
    raw.push(await timed(rows, ownProgram('raw-read.ts', source.url, `SELECT * FROM ${DATABASE}.${table.name}`)));
    for (const layout of layouts) {
      const words = [millraceUrl(source), `${DATABASE}.${table.name}`, layout];
      read[layout].push(await timed(rows, ownProgram('avro-read.ts', ...words)));
    }
  }
  const name = `mysql-avro-${table.name}`;
  const ratio = (samples: readonly Sample[]) => medianSeconds(raw) / medianSeconds(samples);
  return [
    { case: name, subject: 'raw rows, framing only', rows, samples: raw },
    ...layouts.map((layout) => ({
      case: name,
      subject: `millrace, ${layout} layout`,
      rows,
      samples: read[layout],
      checks: [{ what: 'of the ceiling', value: ratio(read[layout]), least: LEAST_RATIO, goal: GOAL_RATIO }],
    })),
  ];
}

/** The time that the program itself measured: from the first statement to the last row, without its start. */
async function timed(rows: number, command: readonly string[]): Promise<Sample> {
  const run = await measure(command);
  const told = JSON.parse(run.stdout) as { rows: number; seconds: number };
  if (told.rows !== rows) throw new Error(`${told.rows} rows read where there are ${rows}`);
  return { ...sampleOf(run), seconds: told.seconds };
}
