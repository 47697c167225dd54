import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RunEvent, RunFinished } from '../../connectors/contract/index.ts';
import { folder, millrace } from './command-line.ts';
import { mysqlToTidb } from './databases.ts';

it('`sync --until-equal` ends when both sides are equal, and says so where they cannot become it', async () => {
  await using pair = await mysqlToTidb();
  using home = folder();
  await pair.mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40))');
  await pair.mysql.query("INSERT INTO orders VALUES (1, 'a'), (2, 'b')");
  const sync = () => millrace(home.path, ['sync', pair.from, pair.to, '--read', 'cdc', '--until-equal', '--json']);

  const first = await sync();
  assert.equal(first.code, 0, first.out);
  await pair.mysql.query("UPDATE orders SET note = 'c' WHERE id = 2");
  const second = await sync();
  assert.equal(second.code, 0, second.out);
  const [rows] = await pair.tidb.query('SELECT note FROM orders ORDER BY id');
  assert.deepEqual(rows, [{ note: 'a' }, { note: 'c' }]);

  await pair.tidb.query("UPDATE orders SET note = 'by someone else' WHERE id = 1");
  const third = await sync();
  assert.equal(third.code, 1, third.out);
  const events = third.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  const finished = events.at(-1) as RunFinished;
  assert.equal(finished.error?.code, 'sync.not-equal');
  assert.match(finished.error?.message ?? '', /orders \(different\)/);
  assert.equal(events.filter(({ event }) => event === 'finished').length, 1);
  assert.match((await millrace(home.path, ['history', 'list'])).out, /failed/);
});
