// biome-ignore-all lint/suspicious/noControlCharactersInRegex: terminal escapes are what is looked for
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunEvent, RunFinished } from '../../connectors/contract/index.ts';
import { folder, millrace, root, type Told } from './command-line.ts';
import { mysqlToTidb, type Pair } from './databases.ts';

async function fill({ mysql }: Pair, rows: number): Promise<void> {
  await mysql.query('CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR(40), price DECIMAL(12,2))');
  await mysql.query('CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(30))');
  await mysql.query("INSERT INTO customers VALUES (1, 'Zoë'), (2, '山田')");
  const values = Array.from({ length: rows }, (_, i) => `(${i}, 'n${i}', ${i}.25)`);
  for (let i = 0; i < rows; i += 5000)
    await mysql.query(`INSERT INTO orders VALUES ${values.slice(i, i + 5000).join(',')}`);
  await mysql.query('ANALYZE TABLE orders');
}

async function targetRows({ tidb }: Pair, table: string): Promise<number> {
  const [rows] = await tidb.query(`SELECT COUNT(*) AS n FROM ${table}`);
  return Number((rows as { n: number }[])[0]!.n);
}

function events({ out }: Told): RunEvent[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
}

function project(pair: Pair, extra = ''): string {
  const { port: from } = new URL(pair.from);
  const { port: to } = new URL(pair.to);
  return `name: test
connections:
  prod: { type: mysql, host: 127.0.0.1, port: ${from}, user: root, database: ${pair.database} }
  copy: { type: tidb, host: 127.0.0.1, port: ${to}, user: root, database: ${pair.database} }
pipelines:
  main: { from: prod, to: copy, streams: ['${pair.database}.*']${extra} }
`;
}

describe('sync from MySQL to TiDB', () => {
  it('by two URLs: checks, plans, copies, remembers, verifies and finds what differs', async () => {
    await using pair = await mysqlToTidb();
    using home = folder();
    await fill(pair, 2000);
    const urls = [pair.from, pair.to];
    const go = (...words: string[]) => millrace(home.path, words);

    assert.equal((await go('check', ...urls)).code, 0);
    const plan = await go('plan', ...urls, '--exit-code');
    assert.equal(plan.code, 4, 'two tables to make');
    assert.match(plan.out, /CREATE TABLE/);

    const run = await go('sync', ...urls, '--json');
    assert.equal(run.code, 0, run.err);
    const told = events(run);
    assert.equal(told[0]?.event, 'started');
    const finished = told.at(-1) as RunFinished;
    assert.equal(finished.event, 'finished');
    assert.equal(told.filter(({ event }) => event === 'finished').length, 1);
    assert.deepEqual([finished.status, finished.counts.read, finished.counts.written], ['ok', 2002, 2002]);
    assert.ok(finished.awakeSeconds.source > 0 && finished.awakeSeconds.destination > 0);
    assert.equal(await targetRows(pair, 'orders'), 2000);

    const verified = await go('verify', ...urls);
    assert.equal(verified.code, 0, verified.out);
    await pair.tidb.query('UPDATE orders SET price = price + 0.01 WHERE id = 77');
    await pair.tidb.query('DELETE FROM customers WHERE id = 2');
    const differs = await go('verify', ...urls);
    assert.equal(differs.code, 4);
    assert.match(differs.out, /id=77[\s\S]*price: 77\.25 \| 77\.26/);
    assert.match(differs.out, /1 only at the source/);

    const history = JSON.parse((await go('history', 'list', '--json')).out) as {
      result: { run: string; status: string }[];
    };
    assert.deepEqual(
      history.result.map(({ status }) => status),
      ['ok'],
    );
    assert.equal(history.result[0]?.run, finished.run);
    assert.match((await go('history', 'show', finished.run.slice(0, -2))).out, /orders .* 2 000 /);
    assert.match((await go('history', 'logs')).out, /finished .* status=ok/);
    const position = await go('position', 'show', ...urls);
    assert.match(position.out, /as of \d+(\.\d)? s ago[\s\S]*orders +full read 1 +done/);
  });

  it('drains at the first signal, goes on in the next run, and keeps a killed run in the history', async () => {
    await using pair = await mysqlToTidb();
    using home = folder();
    await fill(pair, 80_000);
    writeFileSync(join(home.path, 'millrace.yaml'), project(pair, ', throttle: { rows_per_second: 8000 }'));
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const stopped = await signalled(home.path, signal, 1);
      assert.equal(stopped.code, code, stopped.err);
      assert.match(stopped.err, /stopping at the next commit; once more to stop at once/);
      assert.equal((events(stopped).at(-1) as RunFinished).status, 'stopped');
    }
    const aborted = await signalled(home.path, 'SIGINT', 2);
    assert.equal(aborted.code, 130, aborted.err);
    assert.equal((await signalled(home.path, 'SIGKILL', 1)).code, null);

    writeFileSync(join(home.path, 'millrace.yaml'), project(pair));
    assert.equal((await millrace(home.path, ['sync'])).code, 0);
    assert.equal(await targetRows(pair, 'orders'), 80_000);
    const { out } = await millrace(home.path, ['history', 'list', '--json']);
    const { result } = JSON.parse(out) as { result: { status: string }[] };
    assert.deepEqual(
      result.map(({ status }) => status),
      ['ok', 'killed', 'stopped', 'stopped', 'stopped'],
    );
  });

  it('asks before it forgets, never without a terminal', async () => {
    await using pair = await mysqlToTidb();
    using home = folder();
    await fill(pair, 10);
    writeFileSync(join(home.path, 'millrace.yaml'), project(pair));
    assert.equal((await millrace(home.path, ['sync', '-q'])).code, 0);
    for (const words of [['position', 'reset'], ['position', 'set', 'a', 'b'], ['drop']]) {
      const refused = await millrace(home.path, words);
      assert.equal(refused.code, 2, words.join(' '));
      assert.match(refused.err, /nobody is there to answer[\s\S]*--yes/);
    }
    const dropped = await millrace(home.path, ['drop', '--clean', '--yes', '--json']);
    const { result } = JSON.parse(dropped.out) as {
      result: { dropped: boolean; cleaned: boolean; left: { tables: string[] } };
    };
    assert.deepEqual([result.dropped, result.cleaned, result.left.tables.length], [true, true, 2]);
    assert.equal(await targetRows(pair, 'orders'), 10, 'rows stay');
    const [state] = await pair.tidb.query('SELECT COUNT(*) AS n FROM _millrace_state');
    assert.equal(Number((state as { n: number }[])[0]!.n), 0);
  });

  it('draws lanes on a terminal, each line narrower than it', async () => {
    await using pair = await mysqlToTidb();
    using home = folder();
    await fill(pair, 12_000);
    writeFileSync(join(home.path, 'millrace.yaml'), project(pair, ', throttle: { rows_per_second: 8000 }'));
    const drawn = await onTerminal(home.path, ['sync'], 110);
    assert.match(drawn, /\x1b\[\d+A/, 'the cursor goes up');
    assert.match(drawn, /#+-+ +\d+ %/, 'a bar');
    const plain = drawn.replace(/\x1b\[[\d;]*[A-Za-z]/g, '');
    assert.match(plain, /orders .*done in/);
    const lanes = plain.split(/[\r\n]+/).filter((line) => line.startsWith('  '));
    assert.ok(
      lanes.length > 0 && lanes.every((line) => line.length < 110),
      lanes.find((line) => line.length >= 110),
    );
    const dull = await onTerminal(home.path, ['sync', '--no-color'], 60);
    assert.doesNotMatch(dull, /\x1b\[[\d;]*m/);
  });
});

/** Starts a sync and signals it, `times` over, once rows are on their way. */
function signalled(cwd: string, signal: NodeJS.Signals, times: number): Promise<Told> {
  const child = spawn(process.execPath, [join(root, 'cli/bin.js'), 'sync', '--json'], { cwd });
  const text = { out: '', err: '' };
  let sent = 0;
  const send = () => {
    if (sent >= times) return;
    sent++;
    child.kill(signal);
    if (sent < times) setTimeout(send, 50);
  };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text.out += part;
    if (sent === 0 && /"event":"progress".*orders/.test(text.out)) send();
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text.err += part;
  });
  return new Promise((done) => {
    child.on('close', (code) => done({ code, ...text }));
  });
}

/** What a command writes on a pseudo-terminal of so many columns. */
function onTerminal(cwd: string, words: readonly string[], columns: number): Promise<string> {
  const command = `stty cols ${columns}; ${process.execPath} ${join(root, 'cli/bin.js')} ${words.join(' ')}`;
  const env = { PATH: process.env.PATH, HOME: cwd, TERM: 'xterm-256color' };
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', () => done(out));
  });
}
