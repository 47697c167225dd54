import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasDocker } from './docker.ts';
import { Unavailable } from './unavailable.ts';
import { startBest, type Ways } from './way.ts';

const missing = (what: string) => async () => Promise.reject(new Unavailable('tidb', what));

async function tried(ways: Partial<Ways<string>>): Promise<[string, string[]]> {
  const told: string[] = [];
  const all = {
    hasDocker: async () => true,
    container: async () => 'container',
    installed: async () => 'installed',
    ...ways,
  };
  return [await startBest(all, (line) => told.push(line)), told];
}

test('Docker is first where it answers, and the registries where it does not or has no image', async () => {
  assert.deepEqual(await tried({}), ['container', []]);
  assert.deepEqual(await tried({ hasDocker: async () => false, container: missing('not asked') }), ['installed', []]);
  const [way, told] = await tried({ container: missing('no image') });
  assert.equal(way, 'installed');
  assert.match(told.join(), /Docker is there, but tidb: no image/);
});

test('where neither has it the reasons of both are said; what is no lack of a server is not passed over', async () => {
  await assert.rejects(tried({ container: missing('no image'), installed: missing('no root') }), {
    name: 'Unavailable',
    message: /no image.*no root/,
  });
  const broken = async () => Promise.reject(new Error('it did not start'));
  await assert.rejects(tried({ container: broken }), /it did not start/);
  await assert.rejects(tried({ container: missing('no image'), installed: broken }), /it did not start/);
});

test('a Docker that is not there is no error', async () => {
  const { PATH } = process.env;
  process.env.PATH = '/nonexistent';
  try {
    assert.equal(await hasDocker(), false);
  } finally {
    process.env.PATH = PATH;
  }
});
