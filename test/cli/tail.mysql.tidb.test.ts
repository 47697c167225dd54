import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ShownChange } from '../../connectors/sync/index.ts';
import { folder, millrace, root } from './command-line.ts';
import { mysqlToTidb, type Pair } from './databases.ts';

/** Runs `tail` until it ends by itself; `change` is called once it says that it looks. */
async function tailed(cwd: string, words: readonly string[], change: () => Promise<unknown>): Promise<string[]> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(root, 'cli/bin.js'), 'tail', ...words], {
    cwd,
    env: { PATH, HOME, XDG_STATE_HOME: join(cwd, 'xdg-state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  let said = '';
  child.stderr.on('data', (part) => {
    said += part;
  });
  let ended = false;
  const closed = once(child, 'close').then(([code]) => {
    ended = true;
    return code as number | null;
  });
  while (!ended) {
    await change();
    await Promise.race([closed, pause(300)]);
  }
  assert.equal(await closed, 0, `${said}\n${lines.at(-1)}`);
  return lines;
}

async function orders({ mysql }: Pair): Promise<void> {
  await mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40), card VARCHAR(40), n INT)');
  await mysql.query("INSERT INTO orders VALUES (1, 'a', '4000', 0)");
}

it('`tail` shows changes with what was before and after, and hides what the project hides', async () => {
  await using pair = await mysqlToTidb();
  using home = folder();
  await orders(pair);
  const { port } = new URL(pair.from);
  writeFileSync(
    join(home.path, 'millrace.yaml'),
    `name: test
connections:
  prod: { type: mysql, host: 127.0.0.1, port: ${port}, user: root, database: ${pair.database} }
  copy: { type: duckdb, path: copy.duckdb }
pipelines:
  main: { from: prod, to: copy, streams: [{ name: '${pair.database}.orders', mask: [card] }] }
`,
  );
  // It may begin to look at any time: the same change is made again until it was seen.
  const again = () => pair.mysql.query("UPDATE orders SET n = n + 1, card = CONCAT('5', n) WHERE id = 1");
  const [line] = await tailed(home.path, [`${pair.database}.orders`, 'prod', '-n', '1', '--json'], again);
  const change = JSON.parse(line!) as ShownChange;
  assert.deepEqual([change.op, change.key], ['update', { id: '1' }]);
  assert.equal(Number(change.after?.n) - Number(change.before?.n), 1);
  assert.deepEqual([change.before?.card, change.after?.card], ['***', '***']);
  assert.ok(Math.abs(Date.now() - Date.parse(change.at!)) < 60_000);

  const people = await tailed(home.path, [`${pair.database}.orders`, 'prod', '-n', '1'], again);
  assert.match(
    people.join('\n'),
    /update +\S+\.orders +id=1\n +n: \d+ -> \d+$/,
    'only what changed, and nothing hidden',
  );
});

it('`tail` shows rows that come and go, and says where changes are not told as they come', async () => {
  await using pair = await mysqlToTidb();
  using home = folder();
  await orders(pair);
  const comeAndGo = () =>
    pair.mysql.query("INSERT INTO orders VALUES (2, 'b', NULL, 5); DELETE FROM orders WHERE id = 2");
  const lines = await tailed(home.path, [`${pair.database}.orders`, pair.from, '-n', '6', '--json'], comeAndGo);
  const changes = lines.map((line) => JSON.parse(line) as ShownChange);
  const came = changes.find(({ op }) => op === 'insert');
  assert.deepEqual(came?.after, { id: '2', note: 'b', card: null, n: '5' });
  assert.equal(came?.before, undefined);
  const gone = changes.find(({ op }) => op === 'delete');
  assert.deepEqual(gone?.before, { id: '2', note: 'b', card: null, n: '5' });
  assert.equal(gone?.after, undefined);

  await pair.tidb.query('CREATE TABLE orders (id BIGINT PRIMARY KEY)');
  const refused = await millrace(home.path, ['tail', `${pair.database}.orders`, pair.to]);
  assert.equal(refused.code, 2, refused.err);
  assert.match(refused.err, /changes are not told as they come/);
});
