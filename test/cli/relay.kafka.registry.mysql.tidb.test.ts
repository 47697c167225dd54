import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunEvent, RunFinished } from '../../connectors/contract/index.ts';
import { kafkaUrl } from '../kafka/produce.ts';
import { deleteTopics, topicNames } from '../kafka/read-topic.ts';
import { sharedUrl } from '../services/shared.ts';
import { folder, millrace, type Told } from './command-line.ts';
import { mysqlToTidb, type Pair } from './databases.ts';
import { stream } from './streaming.ts';

interface Relay {
  readonly pair: Pair;
  readonly home: string;
  run(...words: string[]): Promise<Told>;
}

/** A project whose pipeline goes over Kafka. */
async function relaying(
  body: (relay: Relay) => Promise<void>,
  options: (database: string) => object = () => ({}),
): Promise<void> {
  await using pair = await mysqlToTidb();
  using home = folder();
  const side = (url: string, type: string) => {
    const { hostname, port, username, pathname } = new URL(url);
    return { type, host: hostname, port: Number(port), user: username, database: pathname.slice(1) };
  };
  const project = {
    name: pair.database,
    connections: {
      shop: side(pair.from, 'mysql'),
      broker: { type: 'kafka', brokers: [sharedUrl('kafka')], registry: { url: sharedUrl('registry') } },
      lake: side(pair.to, 'tidb'),
    },
    pipelines: {
      orders: {
        from: 'shop',
        via: 'broker',
        to: 'lake',
        streams: [`${pair.database}.*`],
        read: 'cdc',
        ...options(pair.database),
      },
    },
  };
  writeFileSync(join(home.path, 'millrace.yaml'), JSON.stringify(project));
  try {
    await body({ pair, home: home.path, run: (...words) => millrace(home.path, words) });
  } finally {
    const made = (await topicNames(kafkaUrl())).filter((name) => name.startsWith(`${pair.database}.`));
    await deleteTopics(kafkaUrl(), [...made]);
  }
}

async function ok(told: Promise<Told>): Promise<Told> {
  const { code, out, err } = await told;
  assert.equal(code, 0, `${out}\n${err}`);
  return { code, out, err };
}

async function rows({ tidb }: Pair, table = 'orders'): Promise<unknown[]> {
  return (await tidb.query(`SELECT * FROM ${table} ORDER BY id`))[0] as unknown[];
}

it('a pipeline over Kafka is two: checked, planned, run, compared, reset and dropped by its one name', () =>
  relaying(
    async ({ pair, run }) => {
      await pair.mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40), secret VARCHAR(40))');
      await pair.mysql.query("INSERT INTO orders VALUES (1, 'a', 's'), (2, 'b', 's')");

      const before = await ok(run('check'));
      assert.match(before.out, /orders\/source[\s\S]*orders\/destination[\s\S]*warn.*nothing at the source matches/);
      const planned = await ok(run('plan'));
      assert.match(planned.out, /create topic .*\.orders[\s\S]*orders\/destination\n +nothing to read yet/);
      await ok(run('sync'));
      assert.deepEqual(await rows(pair), [
        { id: 1, note: 'a', secret: '***' },
        { id: 2, note: 'b', secret: '***' },
      ]);
      await ok(run('check'));
      assert.match((await ok(run('plan'))).out, /orders\/destination[\s\S]*nothing to change/);

      await pair.mysql.query("DELETE FROM orders WHERE id = 1; UPDATE orders SET note = 'c' WHERE id = 2");
      await pair.mysql.query('ALTER TABLE orders ADD COLUMN v INT; CREATE TABLE late (id INT PRIMARY KEY)');
      await pair.mysql.query("INSERT INTO orders VALUES (3, 'd', 's', 4); INSERT INTO late VALUES (7)");
      await ok(run('sync', '--half', 'source'));
      assert.equal((await rows(pair)).length, 2, 'the other half did not run');
      const ran = await ok(run('sync', '--half', 'destination', '--json'));
      assert.equal((JSON.parse(ran.out.trimEnd().split('\n').at(-1)!) as RunFinished).counts.read, 4);
      assert.deepEqual(await rows(pair), [
        { id: 2, note: 'c', secret: '***', v: null },
        { id: 3, note: 'd', secret: '***', v: 4 },
      ]);
      assert.deepEqual(await rows(pair, 'late'), [{ id: 7 }]);

      assert.match((await ok(run('verify'))).out, /^orders\n[\s\S]*equal/);
      await pair.tidb.query("UPDATE orders SET note = 'by someone else' WHERE id = 3");
      assert.equal((await run('verify')).code, 4);
      await ok(run('reload', `${pair.database}.orders`));
      await ok(run('verify'));
      await pair.mysql.query("INSERT INTO orders VALUES (5, 'e', 's', 4)");
      const equal = await ok(run('sync', '--until-equal', '--json'));
      const events = equal.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as RunEvent);
      assert.equal(events.filter(({ event }) => event === 'finished').length, 1);
      assert.equal((await rows(pair)).length, 3);

      const positions = await ok(run('position', 'show', '--live'));
      assert.match(positions.out, /orders\/source {2}[\s\S]*orders\/destination {2}[\s\S]*\.orders\/\d/);
      await ok(run('position', 'reset', '--yes'));
      await ok(run('sync'));
      await ok(run('verify'));
      const dropped = await ok(run('drop', '--clean', '--yes', '--json'));
      assert.equal((JSON.parse(dropped.out) as { result: unknown[] }).result.length, 2);
      assert.doesNotMatch((await ok(run('position', 'show', '--live'))).out, /orders/);
    },
    (database) => ({ streams: [{ name: `${database}.orders`, mask: ['secret'] }, `${database}.*`] }),
  ));

it('what does not go over Kafka is refused, and so is half of a pipeline that has none', () =>
  relaying(
    async ({ home, run }) => {
      const refused = await run('check');
      assert.equal(refused.code, 2);
      assert.match(refused.err, /write `history` does not go with `via`/);
      const urls = await millrace(home, ['sync', 'mysql://u@db/a', 'tidb://u@db/a', '--half', 'source']);
      assert.match(urls.err, /has no halves/);
    },
    () => ({ write: 'history' }),
  ));

it('two URLs go over a third: run, checked, compared, each half by itself, and no secret of it is said', async () => {
  await using pair = await mysqlToTidb();
  using home = folder();
  const registry = new URL(sharedUrl('registry'));
  registry.username = 'ann';
  registry.password = 'r3gistry-word';
  const via = `${kafkaUrl().split('?')[0]}?registry=${encodeURIComponent(registry.href)}`;
  const urls = [pair.from, pair.to, '--via', via, '--tables', `${pair.database}.*`, '--read', 'cdc'];
  const run = (command: string[], ...more: string[]) => millrace(home.path, [...command, ...urls, ...more]);
  try {
    await pair.mysql.query('CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(40))');
    await pair.mysql.query("INSERT INTO orders VALUES (1, 'a'), (2, 'b')");
    await ok(run(['check']));
    assert.match((await ok(run(['plan']))).out, /create topic/);
    await ok(run(['sync']));
    await ok(run(['verify']));
    await pair.mysql.query('DELETE FROM orders WHERE id = 1');
    await ok(run(['sync'], '--half', 'source'));
    assert.equal((await rows(pair)).length, 2, 'the other half did not run');
    await ok(run(['sync'], '--half', 'destination'));
    assert.deepEqual(await rows(pair), [{ id: 2, note: 'b' }]);
    await pair.mysql.query("INSERT INTO orders VALUES (3, 'c')");
    await ok(run(['sync'], '--until-equal'));
    const shown = await ok(millrace(home.path, ['position', 'show', '--live', ...urls.slice(0, 6)]));
    assert.match(shown.out, /\/source[\s\S]*\/destination[\s\S]*\.orders\/\d/);

    await pair.tidb.query('DROP TABLE orders');
    await pair.tidb.query('CREATE TABLE orders (id VARCHAR(3) PRIMARY KEY)');
    const failed = await run(['sync'], '--debug');
    assert.notEqual(failed.code, 0);
    assert.match(failed.err, /retry {2}millrace sync/);
    assert.doesNotMatch(`${failed.out}${failed.err}`, /r3gistry/);
    const project = await millrace(home.path, ['sync', 'orders', '--via', via]);
    assert.match(project.err, /--via goes with two URLs/);
  } finally {
    const made = (await topicNames(kafkaUrl())).filter((name) => name.startsWith(`${pair.database}.`));
    await deleteTopics(kafkaUrl(), [...made]);
  }
});

const isCaughtUp = (half: string) => (event: RunEvent) =>
  event.event === 'progress' && event.caughtUp === true && event.stream.endsWith(`(${half})`);

it('`stream` follows both halves in one process', { timeout: 120_000 }, () =>
  relaying(async ({ pair, home, run }) => {
    await pair.mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40))');
    await pair.mysql.query("INSERT INTO orders VALUES (1, 'a'), (2, 'b')");
    await using running = stream(home, ['orders']);
    await running.until(isCaughtUp('source'));
    await running.until(isCaughtUp('destination'));
    const arrived = (from: number) =>
      running.events
        .slice(from)
        .flatMap((event) => (event.event === 'committed' && event.streams[0]?.endsWith('(destination)') ? [event] : []))
        .reduce((sum, { counts }) => sum + counts.read, 0);
    // Each partition is caught up by itself.
    await running.until(() => arrived(0) >= 2);
    assert.equal((await rows(pair)).length, 2);
    const from = running.events.length;
    await pair.mysql.query("DELETE FROM orders WHERE id = 1; UPDATE orders SET note = 'c'");
    await running.until(() => arrived(from) >= 2, from);
    assert.deepEqual(await rows(pair), [{ id: 2, note: 'c' }]);
    running.kill('SIGTERM');
    assert.equal(await running.gone, 0, JSON.stringify(running.events.at(-1)));
    await ok(run('verify'));
  }),
);

it(
  'invariants 1 and 6: halves in processes of their own, killed again and again under a workload, end with equal tables',
  {
    timeout: 180_000,
  },
  () =>
    relaying(async ({ pair, home, run }) => {
      await pair.mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40), UNIQUE (note))');
      await pair.mysql.query("INSERT INTO orders VALUES (1, 'a1')");
      await ok(run('sync'));
      for (let round = 1; round <= 4; round++) {
        await using source = stream(home, ['orders', '--half', 'source']);
        await using destination = stream(home, ['orders', '--half', 'destination']);
        const ids = Array.from({ length: 200 }, (_, i) => round * 1000 + i);
        for (const id of ids) await pair.mysql.query('INSERT INTO orders (id, note) VALUES (?, ?)', [id, `n${id}`]);
        await pair.mysql.query(`UPDATE orders SET note = CONCAT(note, 'u${round}') WHERE id % 3 = 0`);
        const isMoving = (event: RunEvent) => event.event === 'committed' && event.counts.read > 0;
        // One at its first commit, the other somewhere in its work.
        const [first, second] = round % 2 === 0 ? [source, destination] : [destination, source];
        await Promise.race([first.until(isMoving), pause(20_000)]);
        first.kill('SIGKILL');
        await pair.mysql.query(`DELETE FROM orders WHERE id % 7 = ${round}`);
        second.kill('SIGKILL');
        await Promise.all([first.gone, second.gone]);
        if (round === 2) await pair.mysql.query('ALTER TABLE orders ADD COLUMN v INT DEFAULT 5');
      }
      await ok(run('sync', '--until-equal'));
      assert.ok((await rows(pair)).length > 500);
    }),
);
