import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeBuildProject } from './build-project.ts';
import type { Case } from './case.ts';
import { connect, type Lab, millrace, ownProgram } from './lab.ts';
import { type Measured, measure, sampleOf } from './measured.ts';
import { criticalMs, DDL, type Replayed, workOf } from './node-work.ts';
import { median, type Result, type Sample } from './result.ts';
import { StatementTap } from './statement-tap.ts';

const SCHEMA = 'built';
const MOST = 1.1;
/** Start, reading the project and artifacts count in a build of some seconds. */
const TOLERATED = 1.4;
const THREADS = [4, 8];

export const buildCases: readonly Case[] = [
  { name: 'models-run', text: 'Building models and tests on TiDB', run: (lab: Lab) => buildCase(lab) },
];

interface Bench {
  readonly folder: string;
  readonly tap: StatementTap;
  /** Drops all that was built. */
  readonly empty: () => Promise<void>;
}

/** What one build took, beside the least that it can take, all in seconds. */
interface Round {
  readonly millrace: Sample;
  readonly critical: number;
  readonly work: number;
  readonly ddl: number;
  /** No floor, but what the same statements take without millrace: it tells a costly statement from a costly run. */
  readonly replayed: number;
}

/** A first build, and builds of what stands already. */
async function buildCase(lab: Lab): Promise<Result[]> {
  const server = await lab.freshTidb();
  await using tap = new StatementTap(`mysql://127.0.0.1:${server.port}`);
  await tap.listen();
  const folder = await lab.ownFolder();
  writeBuildProject(folder, tap.port, SCHEMA);
  const empty = async () => {
    await using connection = await connect(server);
    await connection.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  };
  const bench = { folder, tap, empty };
  const results: Result[] = [];
  for (const threads of THREADS) {
    for (const first of [true, false]) {
      // Twice: the first build makes no table that stands by.
      if (!first) for (let time = 0; time < 2; time += 1) await build(bench, threads);
      const rounds: Round[] = [];
      for (let at = 0; at < lab.options.runs; at += 1) rounds.push(await round(bench, threads, first));
      results.push(...resultsOf(`${first ? 'first build' : 'again'}, ${threads} threads`, rounds));
    }
  }
  return results;
}

async function round({ folder, tap, empty }: Bench, threads: number, first: boolean): Promise<Round> {
  if (first) await empty();
  const own = await build({ folder, tap, empty }, threads);
  const work = workOf(tap.take(), folder);
  const { session, before, nodes } = work;
  const all = [...before, ...nodes.flatMap(({ statements }) => statements)];
  const inRow = { session, before: all.filter((sql) => DDL.test(sql)), nodes: [] };
  const floors: number[] = [];
  for (const floor of [work, inRow]) {
    if (first) await empty();
    floors.push(await replay({ folder, tap, empty }, threads, floor));
  }
  return {
    millrace: sampleOf(own),
    critical: criticalMs(nodes) / 1000,
    work: nodes.reduce((sum, { ms }) => sum + ms, 0) / 1000 / threads,
    replayed: floors[0]!,
    ddl: floors[1]!,
  };
}

/** Notes nothing of what was sent before. */
async function build({ folder, tap }: Bench, threads: number): Promise<Measured> {
  tap.take();
  return await measure(millrace('build', '--project-dir', folder, '--threads', `${threads}`, '--quiet'));
}

async function replay({ folder, tap }: Bench, threads: number, what: Replayed): Promise<number> {
  const file = join(folder, 'replay.json');
  await writeFile(file, JSON.stringify(what));
  const url = `mysql://root@127.0.0.1:${tap.port}/`;
  return Number((await measure(ownProgram('replay.ts', url, `${threads}`, file))).stdout);
}

function resultsOf(state: string, rounds: readonly Round[]): Result[] {
  const floor = ({ critical, work, ddl }: Round) => Math.max(critical, work, ddl);
  const value = median(rounds.map((one) => one.millrace.seconds / floor(one)));
  const line = (subject: string, secondsOf: (round: Round) => number): Result => ({
    case: 'models-run',
    subject: `${state}: ${subject}`,
    samples: rounds.map((one) => ({ seconds: secondsOf(one), cpuSeconds: 0, peakMib: 0 })),
  });
  return [
    line('critical path of the statements', ({ critical }) => critical),
    line('the statements over the threads', ({ work }) => work),
    line('its DDL one after another', ({ ddl }) => ddl),
    line('its statements by the bare driver (no floor)', ({ replayed }) => replayed),
    {
      case: 'models-run',
      subject: `${state}: millrace`,
      samples: rounds.map(({ millrace: sample }) => sample),
      checks: [{ what: 'times the largest floor', value, most: MOST, tolerated: TOLERATED }],
    },
  ];
}
