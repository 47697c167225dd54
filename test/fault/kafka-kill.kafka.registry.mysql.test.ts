import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Hop, openHop } from '../kafka/hop.ts';
import { recordsOf, rowsOfTopic } from '../kafka/read-topic.ts';
import { runOnce } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import type { KafkaPoint, KafkaTask } from './kafka-child.ts';

const script = fileURLToPath(new URL('kafka-child.ts', import.meta.url));

/** Runs a child that ends itself; gives the signal, or what it printed when it came to its end. */
async function killed(task: KafkaTask): Promise<string> {
  const child = spawn(process.execPath, [script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await once(child, 'close');
  return child.signalCode ?? printed;
}

const points: readonly KafkaPoint[] = ['rows sent', 'position sent', 'in the commit', 'committed'];

/** More than a batch has, so that a run commits several times. */
const ROWS = 12_000;

/** Adds rows by several transactions, so that the log can be cut between any two. */
async function insert({ source }: Hop, from: number, count: number): Promise<void> {
  for (let i = 0; i < count; i += 500) {
    const rows = Array.from({ length: 500 }, (_, n) => `(${from + i + n})`);
    await source.run(`INSERT INTO t VALUES ${rows.join(', ')}`);
  }
}

/** Every row is there, and each in one record: what was written twice would be there twice. */
async function assertOnce(hop: Hop, url: string, count: number, when: string): Promise<void> {
  const rows = await rowsOfTopic(url, hop.topic('t'));
  const ids = rows.map(({ values }) => Number(values[0])).sort((a, b) => a - b);
  assert.deepEqual(
    ids,
    Array.from({ length: count }, (_, id) => id),
    when,
  );
}

describe('a run into Kafka is killed', () => {
  it('invariant 1: at each point of a transaction; the next run goes on, each row is written once', async () => {
    await using hop = await openHop('mysql', 'mysql');
    await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY)');
    const config = { streams: [`${hop.source.name}.t`], read: 'cdc' as const };
    let count = 0;
    for (const point of points) {
      await insert(hop, count, ROWS);
      count += ROWS;
      const how = await killed({ ends: hop.out, config, commitRows: 100, point, nth: 2 });
      assert.equal(how, 'SIGKILL', point);
      const { finished } = await hop.write(config);
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      await assertOnce(hop, hop.url, count, point);
    }
  });
});

it('invariant 1: the broker is killed and started again under a run; it goes on by itself', {
  timeout: 180_000,
}, async (context) => {
  const server = await startServer('kafka', { flags: [] });
  context.after(() => server.stop());
  await using hop = await openHop('mysql', 'mysql');
  const url = hop.url.replace(/(?<=kafka:\/\/)[^?]*/, server.url);
  await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY)');
  const config = { streams: [`${hop.source.name}.t`], read: 'cdc' as const };
  const own = { ...hop, out: { ...hop.out, to: url } };
  assert.equal((await runOnce(own.out, config)).finished.status, 'ok');
  await insert(hop, 0, 2000);
  let restarted: Promise<void> | undefined;
  const throttled = { ...config, throttle: { rows_per_second: 500 } };
  const ran = await runOnce(own.out, throttled, {
    onEvent: (event) => {
      if (event.event !== 'progress' || event.rows === 0 || restarted !== undefined) return;
      server.kill('SIGKILL');
      restarted = server.restart();
    },
  });
  await restarted;
  assert.ok(restarted !== undefined, 'it was killed');
  assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
  await assertOnce(hop, url, 2000, 'after the restart');
  assert.ok((await recordsOf(url, hop.topic('t'))).length === 2000);
});

it('a registry that does not answer stops the run before anything is written, and says so', {
  timeout: 120_000,
}, async () => {
  await using hop = await openHop('mysql', 'mysql');
  await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)');
  const to = hop.url.replace(/registry=.*/, `registry=${encodeURIComponent('http://127.0.0.1:9')}`);
  const { finished } = await runOnce({ ...hop.out, to }, { streams: [`${hop.source.name}.t`] });
  assert.equal(finished.error?.code, 'kafka.registry', JSON.stringify(finished.error));
  assert.deepEqual(await recordsOf(hop.url, hop.topic('t')), []);
  assert.equal((await hop.write()).finished.status, 'ok');
  assert.equal((await recordsOf(hop.url, hop.topic('t'))).length, 1);
});
