import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMIT_ROWS, numbers } from './child.ts';
import { ask, destination, folder, target } from './fixture.ts';

function child(what: string, path: string): { process: ChildProcess; lines: AsyncIterator<string> } {
  const program = fileURLToPath(new URL('child.ts', import.meta.url));
  const started = spawn(process.execPath, [program, what, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { process: started, lines: createInterface({ input: started.stdout! })[Symbol.asyncIterator]() };
}

/** Waits for the end of a process, which may have come before. */
async function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
}

async function kill(process: ChildProcess): Promise<void> {
  process.kill('SIGKILL');
  await ended(process);
}

/** Reads lines until one begins with the word; false: the process ended before. */
async function until(lines: AsyncIterator<string>, word: string): Promise<boolean> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) return false;
    if (value.startsWith(word)) return true;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

for (const write of ['append', 'upsert'] as const) {
  test(`after SIGKILL anywhere in a load by ${write} rows and position agree, and the next goes on (invariant 1)`, async () => {
    using dir = folder();
    const path = `${dir.path}/crash.duckdb`;
    let before = 0;
    for (const [word, delay] of [
      ['written', 0],
      ['written', 3],
      ['committed', 0],
      ['written', 8],
      ['written', 15],
      ['committed', 40],
    ] as const) {
      const run = child(write, path);
      assert.ok(await until(run.lines, word));
      await pause(delay);
      await kill(run.process);
      await using to = destination(path);
      const lane = (await to.positions()).lanes.get('lane');
      const position = Number(lane?.position ?? 0);
      assert.ok(position >= before && position % COMMIT_ROWS === 0);
      assert.equal(lane?.counts.written ?? 0, position);
      const [row] = await ask(
        path,
        'SELECT count(*), count(DISTINCT n), coalesce(max(n) + 1, 0) FROM crash.crash.numbers',
      );
      assert.deepEqual(row, [String(position), String(position), String(position)]);
      before = position;
    }
    assert.ok(before > 0);
  });
}

test('after SIGKILL in finish the old table is there, or the new one and the state says so', async () => {
  using dir = folder();
  const path = `${dir.path}/crash.duckdb`;
  const seen = new Set<string>();
  const first = child('finish', path);
  assert.ok(await until(first.lines, 'finished'));
  await ended(first.process);
  for (const delay of [0, 1, 2, 4, 8, 12, 16, 24, 60]) {
    const before = await ask(path, 'SELECT min(n) FROM crash.crash.numbers');
    const run = child('finish', path);
    assert.ok(await until(run.lines, 'finishing'));
    await pause(delay);
    await kill(run.process);
    await using to = destination(path);
    const state = (await to.positions()).streams.get('crash.numbers')!;
    const [[low]] = (await ask(path, 'SELECT min(n) FROM crash.crash.numbers')) as [[string]];
    seen.add(state.phase);
    assert.equal(low, state.phase === 'done' ? String(state.generation) : before[0]![0]);
    const where = target(numbers, 'overwrite');
    await to.finish(where, state.generation);
    await to.finish(where, state.generation);
    assert.deepEqual(await ask(path, 'SELECT min(n), count(*) FROM crash.crash.numbers'), [
      [String(state.generation), String(COMMIT_ROWS)],
    ]);
    assert.equal((await to.positions()).lanes.size, 0);
  }
  assert.ok(seen.has('building') || seen.has('done'));
});

test('a full disk is a clear error, and the file is whole with what was committed', async () => {
  using dir = folder();
  const path = `${dir.path}/full.duckdb`;
  const program = fileURLToPath(new URL('child.ts', import.meta.url));
  // A limit of the size of files stands for a full disk; its signal is ignored, so that writing fails instead.
  const limited = `trap '' XFSZ; ulimit -f 6000; exec "$@"`;
  const run = spawn('sh', ['-c', limited, 'sh', process.execPath, program, 'append', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = await Array.fromAsync(createInterface({ input: run.stdout! }));
  const committed = lines.filter((line) => line.startsWith('committed')).map((line) => Number(line.split(' ')[1]));
  assert.match(lines.at(-1)!, /^failed file\.full: /);
  assert.ok(committed.length > 0);
  await using to = destination(path);
  const position = String(committed.at(-1));
  assert.equal((await to.positions()).lanes.get('lane')?.position, position);
  assert.deepEqual(await ask(path, 'SELECT count(*), max(n) + 1 FROM crash.numbers'), [[position, position]]);
});

test('a file that another process has open is an error that names the holder', async () => {
  using dir = folder();
  const path = `${dir.path}/held.duckdb`;
  const holder = child('hold', path);
  try {
    assert.ok(await until(holder.lines, 'holding'));
    await using to = destination(path);
    await assert.rejects(
      to.positions(),
      (thrown: { code: string; message: string }) =>
        thrown.code === 'file.locked' && thrown.message.includes(`PID ${holder.process.pid}`),
    );
    const [finding] = await to.check([]);
    assert.equal(finding?.code, 'file.locked');
  } finally {
    await kill(holder.process);
  }
  await using to = destination(path);
  assert.equal((await to.positions()).lanes.get('held')?.position, '1');
});
