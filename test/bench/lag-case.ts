import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { type Server, startServer } from '../services/server.ts';
import { CannotMeasure } from './cannot-measure.ts';
import type { Case } from './case.ts';
import { connect, DATABASE, type Lab, millrace, millraceUrl } from './lab.ts';
import { median, type Result, type Sample } from './result.ts';

/** Changes that are timed, one at a time, with a pause between them in which nothing happens. */
const CHANGES = 60;
const PAUSE_MS = 120;
const LAG = { most: 100, goal: 50 };
/** A change that is not there by then never comes. */
const LOST_MS = 30_000;

export const lagCases: readonly Case[] = [
  {
    name: 'stream-lag',
    text: 'One row changed in MySQL, until it is seen in TiDB (stream, idle otherwise)',
    run: lagCase,
  },
];

async function lagCase(lab: Lab): Promise<Result[]> {
  const source = await startServer('mysql', { flags: ['--server-id=13'] });
  try {
    const target = await lab.freshTidb();
    await using from = await connect(source);
    await from.query(`CREATE DATABASE ${DATABASE}; USE ${DATABASE}; CREATE TABLE late (id INT PRIMARY KEY, v INT)`);
    await from.query('INSERT INTO late VALUES (1, 0)');
    await using to = await connect(target, DATABASE);
    await using _ = await following(lab, source, target);
    const own = await lags(from, to);
    const answers = await answerTimes(to);
    const value = 1000 * median(own.map(({ seconds }) => seconds));
    return [
      { case: 'stream-lag', subject: 'a query of the target alone', samples: answers },
      { case: 'stream-lag', subject: 'millrace', samples: own, checks: [{ what: 'ms, median', value, ...LAG }] },
    ];
  } finally {
    await source.stop();
  }
}

/** `millrace stream` from when it has caught up until it is disposed of. */
async function following(lab: Lab, source: Server, target: Server): Promise<AsyncDisposable> {
  const words = millrace('stream', millraceUrl(source), millraceUrl(target), '--read', 'cdc', '--json');
  const [program, ...rest] = words;
  const child = spawn(program!, rest, { cwd: await lab.ownFolder(), stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const caughtUp = Promise.withResolvers<void>();
  createInterface(child.stdout).on('line', (line) => {
    if (line.includes('"caughtUp":true')) caughtUp.resolve();
  });
  await Promise.race([
    caughtUp.promise,
    gone.then(([code]) => Promise.reject(new CannotMeasure(`the stream ended with ${code}`))),
  ]);
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** From the answer to the commit at the source to the first query of the target that sees it. */
async function lags(from: Connection, to: Connection): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let change = 1; change <= CHANGES; change++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await from.query(`UPDATE late SET v = ${change} WHERE id = 1`);
    const committed = performance.now();
    while ((await seen(to)) !== change) {
      if (performance.now() - committed > LOST_MS) throw new CannotMeasure(`change ${change} did not arrive`);
    }
    samples.push(sample(performance.now() - committed));
  }
  return samples;
}

/** What looking itself takes. */
async function answerTimes(to: Connection): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let n = 0; n < CHANGES; n++) {
    const asked = performance.now();
    await seen(to);
    samples.push(sample(performance.now() - asked));
  }
  return samples;
}

async function seen(to: Connection): Promise<number | undefined> {
  const [rows] = await to.query<RowDataPacket[]>('SELECT v FROM late WHERE id = 1');
  return rows[0]?.v as number | undefined;
}

const sample = (ms: number): Sample => ({ seconds: ms / 1000, cpuSeconds: 0, peakMib: 0 });
