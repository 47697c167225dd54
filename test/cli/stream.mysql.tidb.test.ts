import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RunEvent, RunFinished } from '../../connectors/contract/index.ts';
import { folder, millrace } from './command-line.ts';
import { mysqlToTidb } from './databases.ts';
import { stream } from './streaming.ts';

const isCaughtUp = (event: RunEvent) => event.event === 'progress' && event.caughtUp === true;
const hasChange = (event: RunEvent) => event.event === 'committed' && event.counts.read > 0;

it('`stream` follows changes until a signal, says how old they are, and ends with 0', {
  timeout: 120_000,
}, async () => {
  await using pair = await mysqlToTidb();
  using home = folder();
  await pair.mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40))');
  await pair.mysql.query("INSERT INTO orders VALUES (1, 'a'), (2, 'b')");
  const words = [pair.from, pair.to, '--read', 'cdc'];
  {
    await using running = stream(home.path, words);
    await running.until(isCaughtUp);
    assert.ok(
      running.events.some((event) => event.event === 'notice' && event.code === 'stream.awake'),
      'that clusters are kept awake is said',
    );
    for (let change = 0; change < 3; change++) {
      const from = running.events.length;
      await pair.mysql.query(`UPDATE orders SET note = 'c${change}' WHERE id = 2`);
      const committed = await running.until(hasChange, from);
      assert.ok(committed.event === 'committed' && committed.changedAt !== undefined);
      const lag = Date.parse(committed.at) - Date.parse(committed.changedAt);
      assert.ok(lag >= -1000 && lag < 60_000, `${lag} ms`);
      const [rows] = await pair.tidb.query('SELECT note FROM orders WHERE id = 2');
      assert.deepEqual(rows, [{ note: `c${change}` }], 'committed means visible');
    }
    running.kill('SIGTERM');
    assert.equal(await running.gone, 0, JSON.stringify(running.events.at(-1)));
    const finished = running.events.at(-1) as RunFinished;
    assert.deepEqual([finished.event, finished.status, finished.followed], ['finished', 'stopped', true]);
  }
  await pair.mysql.query("DELETE FROM orders WHERE id = 1; INSERT INTO orders VALUES (3, 'd')");
  assert.equal((await millrace(home.path, ['sync', ...words])).code, 0, 'a sync goes on where the stream stopped');
  const [rows] = await pair.tidb.query('SELECT id, note FROM orders ORDER BY id');
  assert.deepEqual(rows, [
    { id: 2, note: 'c2' },
    { id: 3, note: 'd' },
  ]);
});

it('`stream` says what cannot be followed', async () => {
  await using pair = await mysqlToTidb();
  using home = folder();
  await pair.mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY)');
  const full = await millrace(home.path, ['stream', pair.from, pair.to]);
  assert.equal(full.code, 2, full.err);
  assert.match(full.err, /nothing in the pipeline is read by `cdc`/);
  await pair.tidb.query('CREATE TABLE orders (id BIGINT PRIMARY KEY)');
  const back = await millrace(home.path, ['stream', pair.to, pair.from, '--read', 'cdc']);
  assert.equal(back.code, 2, back.err);
  assert.match(back.err, /run `millrace sync` on a schedule/i);
});
