import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findProgram } from './command.ts';
import { testFolder } from './folder.ts';

const RUN = fileURLToPath(new URL('../run.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function runner(words: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  // Without node's own mark of a test process, since this runner is to run tests itself.
  const { NODE_TEST_CONTEXT: _, CI: __, ...outer } = process.env;
  return spawn(process.execPath, [RUN, ...words], { env: { ...outer, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => (output += bytes));
  const [code] = await once(child, 'close');
  return { code, output };
}

async function testFile(folder: string, name: string, body: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `import { test } from 'node:test';\nimport { writeFileSync } from 'node:fs';\n${body}\n`);
  return file;
}

/** A machine on which no server can be had: the programs that the runner itself needs, and an empty cache. */
async function bareMachine(context: TestContext): Promise<NodeJS.ProcessEnv> {
  const folder = await testFolder(context);
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const name of ['sh', 'cat', 'rm', 'sleep', 'flock']) {
    await symlink((await findProgram(name)) ?? assert.fail(`no ${name}`), join(bin, name));
  }
  return { PATH: bin, XDG_CACHE_HOME: join(folder, 'cache'), MILLRACE_TEST_KAFKA: '' };
}

test('the exit code is that of the tests, and their summary comes last', async (context) => {
  const folder = await testFolder(context);
  const good = await testFile(folder, 'good.test.ts', `test('good', () => {});`);
  const bad = await testFile(folder, 'bad.test.ts', `test('bad', () => { throw new Error('broken'); });`);
  const passed = await ended(runner([good]));
  assert.equal(passed.code, 0, passed.output);
  assert.match(passed.output, /pass 1[\s\S]*duration_ms [\d.]+\s*$/);
  const failed = await ended(runner([good, bad]));
  assert.equal(failed.code, 1, failed.output);
  assert.match(failed.output, /broken/);
});

test("node's own flags reach it", async (context) => {
  const folder = await testFolder(context);
  const body = `test('good', () => {}); test('bad', () => { throw new Error('broken'); });`;
  const file = await testFile(folder, 'both.test.ts', body);
  const { code, output } = await ended(runner([file, '--test-name-pattern=good']));
  assert.equal(code, 0, output);
});

test('a test whose server cannot be had is named and not run', async (context) => {
  const folder = await testFolder(context);
  const env = await bareMachine(context);
  const good = await testFile(folder, 'good.test.ts', `test('good', () => {});`);
  const needy = await testFile(folder, 'needy.kafka.test.ts', `test('needy', () => {});`);
  const { code, output } = await ended(runner([good, needy], env));
  assert.equal(code, 0, output);
  assert.match(output, /NOT RUN: 1 test file,[\s\S]*kafka: .*java[\s\S]*needy\.kafka\.test\.ts[\s\S]*pass 1\n/);
  const alone = await ended(runner([needy], env));
  assert.equal(alone.code, 1, 'a run of no test is no success');
});

test('under CI a server that cannot be had fails the run before any test', async (context) => {
  const folder = await testFolder(context);
  const env = { ...(await bareMachine(context)), CI: 'true' };
  const mark = join(folder, 'ran');
  const good = await testFile(
    folder,
    'good.test.ts',
    `test('good', () => writeFileSync(${JSON.stringify(mark)}, ''));`,
  );
  const needy = await testFile(folder, 'needy.kafka.test.ts', `test('needy', () => {});`);
  const { code, output } = await ended(runner([good, needy], env));
  assert.equal(code, 1, output);
  assert.match(output, /NOT RUN: 1 test file,/);
  assert.equal(existsSync(mark), false);
});

test('a server that the environment names is not started', async (context) => {
  const folder = await testFolder(context);
  const env = { ...(await bareMachine(context)), MILLRACE_TEST_KAFKA: 'elsewhere:1' };
  const body = `test('it', () => { if (process.env.MILLRACE_TEST_KAFKA !== 'elsewhere:1') throw new Error('lost'); });`;
  const { code, output } = await ended(runner([await testFile(folder, 'it.kafka.test.ts', body)], env));
  assert.equal(code, 0, output);
});

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGKILL', null],
] as const) {
  test(`no test process is left after ${signal}`, async (context) => {
    const folder = await testFolder(context);
    const mark = join(folder, 'pid');
    const body = `test('long', async () => {
      writeFileSync(${JSON.stringify(mark)}, String(process.pid));
      await new Promise((done) => setTimeout(done, 600_000));
    });`;
    const run = runner([await testFile(folder, 'long.test.ts', body)]);
    const end = ended(run);
    while (!existsSync(mark) || (await readFile(mark, 'utf8')) === '') await sleep(20);
    const pid = Number(await readFile(mark, 'utf8'));
    run.kill(signal);
    assert.equal((await end).code, expected);
    await gone(pid);
  });
}

async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
  assert.fail(`process ${pid} is still there after 10 s`);
}
