import type { Case } from './case.ts';
import { emptyTarget } from './copy-case.ts';
import { connect, DATABASE, type Lab, millrace, millraceUrl } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import type { Result, Sample } from './result.ts';
import { wide } from './sample-table.ts';

const NAME = 'mysql-mysql-memory';
const MOST_MIB = 256;
/** Of the largest table's peak, against that of the smallest. */
const MOST_GROWTH = 1.3;

export const memoryCases: readonly Case[] = [
  { name: NAME, text: 'MySQL to MySQL, wide: memory by the size of the table', run: memoryCase },
];

/** A quarter of the rows, all of them, and twice as many. */
async function memoryCase(lab: Lab): Promise<Result[]> {
  const source = await lab.mysql('source');
  await lab.filled(source, wide);
  const { rows, runs } = lab.options;
  const sizes = [Math.ceil(rows / 4), rows, rows * 2];
  await using connection = await connect(source, DATABASE);
  for (const size of sizes) await connection.query(tableSql(size, rows));
  const results: Result[] = [];
  for (const size of sizes) {
    const samples: Sample[] = [];
    for (let round = 0; round < runs; round++) {
      const target = await emptyTarget(lab, 'mysql');
      const cwd = await lab.ownFolder();
      const words = ['sync', millraceUrl(source), millraceUrl(target), '--tables', tableOf(size)];
      samples.push(sampleOf(await measure(millrace(...words), { cwd, env: { XDG_STATE_HOME: cwd } })));
    }
    const value = peakOf(samples);
    const before = results[0];
    const growth =
      before === undefined
        ? []
        : [{ what: 'of the smallest', value: value / peakOf(before.samples), most: MOST_GROWTH }];
    const checks = [{ what: 'MiB', value, most: MOST_MIB }, ...growth];
    results.push({ case: NAME, subject: 'millrace', rows: size, samples, checks });
  }
  return results;
}

function peakOf(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ peakMib }) => peakMib));
}

function tableOf(size: number): string {
  return `${wide.name}_${size}`;
}

/** So many rows of `wide`, those behind its last one under other ids. */
function tableSql(size: number, rows: number): string {
  const table = tableOf(size);
  const others = wide.columns
    .slice(1)
    .map(({ name }) => name)
    .join(', ');
  const more = size > rows ? `INSERT INTO ${table} SELECT id + ${rows}, ${others} FROM ${wide.name};` : '';
  return `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} LIKE ${wide.name}; INSERT INTO ${table} SELECT * FROM ${wide.name} WHERE id <= ${size}; ${more} ANALYZE TABLE ${table}`;
}
