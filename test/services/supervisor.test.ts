import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testFolder } from './folder.ts';
import { supervise } from './supervisor.ts';

const MODULE = JSON.stringify(new URL('./supervisor.ts', import.meta.url).href);

async function programFolder(context: TestContext): Promise<string> {
  const folder = join(await testFolder(context), 'program');
  await mkdir(folder);
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) assert.fail(`waited 10 s for this: ${what}`);
    await sleep(20);
  }
}

test('the status and the output of a program are had, and its folder goes with it', async (context) => {
  const folder = await programFolder(context);
  const run = await supervise(['sh', '-c', 'echo said; exit 7'], folder);
  assert.equal(await run.exited, 7);
  assert.equal(await readFile(join(folder, 'log'), 'utf8'), 'said\n');
  await run.end();
  assert.equal(existsSync(folder), false);
});

test('a signal reaches the program and is its status', async (context) => {
  const run = await supervise(['sleep', '60'], await programFolder(context));
  run.kill('SIGTERM');
  assert.equal(await run.exited, 143);
  run.kill('SIGTERM');
  await run.end();
});

test('a stopped program is ended too', async (context) => {
  const run = await supervise(['sleep', '60'], await programFolder(context));
  run.kill('SIGSTOP');
  await run.end();
  assert.equal(isAlive(run.pid), false);
});

test('the folder stays where it is to be kept', async (context) => {
  const folder = await programFolder(context);
  const run = await supervise(['sleep', '60'], folder);
  await run.end('keep');
  assert.equal(existsSync(folder), true);
  assert.equal(isAlive(run.pid), false);
});

test('a program that is not there has the status of the shell, and is named in the log', async (context) => {
  const folder = await programFolder(context);
  const run = await supervise(['/no/such/program'], folder);
  assert.equal(await run.exited, 127);
  assert.match(await readFile(join(folder, 'log'), 'utf8'), /\/no\/such\/program/);
  await run.end();
});

test('a runner that is killed at any moment of the start leaves no program', { timeout: 120_000 }, async (context) => {
  const mark = `millrace-${Math.random().toString(36).slice(2)}`;
  for (let delay = 0; delay < 24; delay += 2) {
    const folder = await programFolder(context);
    const code = `
      import { supervise } from ${MODULE};
      process.stdout.write('ready');
      await supervise(['sh', '-c', 'sleep 600; : ${mark}'], ${JSON.stringify(folder)});
      setInterval(() => undefined, 1000);`;
    const runner = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(runner.stdout, 'data');
    await sleep(delay);
    runner.kill('SIGKILL');
    await once(runner, 'exit');
  }
  await until('every program is gone', () => commandLines().every((line) => !line.includes(mark)));
});

/** Of every process but this one. */
function commandLines(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  });
}

test('SIGKILL of the runner ends the program, what it started, and the folder', async (context) => {
  const folder = await programFolder(context);
  const code = `
    import { supervise } from ${MODULE};
    const script = 'trap "" TERM HUP INT; sleep 600 & echo $! $$; wait';
    await supervise(['sh', '-c', script], ${JSON.stringify(folder)}, { output: 'inherit' });
    setInterval(() => undefined, 1000);`;
  const runner = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(runner.stdout, 'data');
  const pids = String(line).trim().split(' ').map(Number);
  assert.equal(pids.length, 2);
  assert.ok(pids.every(isAlive));
  runner.kill('SIGKILL');
  await until('the program and its child are gone', () => !pids.some(isAlive));
  await until('the folder is gone', () => !existsSync(folder));
});
