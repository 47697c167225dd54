import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cached, cacheRoot } from './cache.ts';
import { testFolder } from './folder.ts';

const MODULE = JSON.stringify(new URL('./cache.ts', import.meta.url).href);

async function ownCache(context: TestContext): Promise<string> {
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = await testFolder(context);
  context.after(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  });
  return cacheRoot();
}

/** A process that builds the key `one`, writing a line to `builds` first and taking as long as asked. */
function builder(root: string, ms: number) {
  const code = `
    import { appendFileSync, writeFileSync } from 'node:fs';
    import { cached } from ${MODULE};
    await cached('one', async (folder) => {
      writeFileSync(folder + '/half', '');
      appendFileSync(${JSON.stringify(join(root, '..', 'builds'))}, 'x');
      console.log('building');
      await new Promise((done) => setTimeout(done, ${ms}));
      writeFileSync(folder + '/whole', '');
    });`;
  return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('what is there is not built again', async (context) => {
  const root = await ownCache(context);
  let builds = 0;
  const build = async (folder: string) => {
    builds += 1;
    await writeFile(join(folder, 'file'), 'x');
  };
  assert.equal(await cached('one', build), join(root, 'one'));
  assert.equal(await cached('one', build), join(root, 'one'));
  assert.equal(builds, 1);
  assert.equal(await readFile(join(root, 'one', 'file'), 'utf8'), 'x');
});

test('a build that fails leaves nothing, and says why', async (context) => {
  const root = await ownCache(context);
  const failing = cached('one', async (folder) => {
    await writeFile(join(folder, 'file'), 'x');
    throw new Error('no registry');
  });
  await assert.rejects(failing, /no registry/);
  assert.deepEqual(readdirSync(root), ['one.lock']);
});

test('processes that want the same build once', async (context) => {
  const root = await ownCache(context);
  const runs = [builder(root, 300), builder(root, 300), builder(root, 300)];
  const codes = await Promise.all(runs.map(async (run) => (await once(run, 'exit'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal(await readFile(join(root, '..', 'builds'), 'utf8'), 'x');
});

test('a killed build is not taken for a whole one, and its lock is free', async (context) => {
  const root = await ownCache(context);
  const killed = builder(root, 60_000);
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  assert.ok(readdirSync(root).some((name) => name.startsWith('one.part-')));
  const [code] = await once(builder(root, 0), 'exit');
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(root).sort(), ['one', 'one.lock']);
  assert.deepEqual(readdirSync(join(root, 'one')).sort(), ['half', 'whole']);
});
