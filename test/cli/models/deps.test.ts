import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { project, Repository, serveArchive } from './packages.ts';
import { SmallProject } from './small-project.ts';

const LOCAL = {
  'packs/tools/dbt_project.yml': project('tools'),
  'packs/tools/packages.yml': 'packages: [{local: packs/more}]\n',
  'packs/more/dbt_project.yml': project('more'),
};
const textOf = (own: { path: string }, name: string) => readFileSync(join(own.path, name), 'utf8');
const installed = (own: { path: string }) => readdirSync(join(own.path, 'dbt_packages')).sort();

test('a repository is installed at the commit of the lock, and anew by --upgrade or where its entry changes', async () => {
  using own = folder();
  using there = folder();
  const repository = new Repository(join(there.path, 'gitted.git'));
  const asked = (revision: string) =>
    `packages: [{git: '${repository.path}', revision: ${revision}}, {git: '${repository.path}', subdirectory: sub, revision: v1}]\n`;
  const small = new SmallProject(own.path, {
    'packages.yml': asked('main'),
    'models/a.sql': 'select {{ gitted.of_git() }} as a, {{ subbed.of_sub() }} as b',
  });
  const compiled = async () => {
    const told = await small.run('compile', '--select', 'a');
    assert.equal(told.code, 0, told.err);
    return told.out;
  };
  const missing = await small.run('parse');
  assert.equal(missing.code, 2);
  assert.match(missing.err, /is not installed[\s\S]*millrace deps/);

  assert.equal((await small.run('deps')).code, 0);
  assert.match(await compiled(), /'one' as a, 'sub' as b/);
  assert.deepEqual(installed(own), ['gitted', 'subbed']);
  assert.equal(existsSync(join(own.path, 'dbt_packages/gitted/.git')), false);
  const lock = textOf(own, 'package-lock.yml');
  assert.equal(lock.split(repository.at('v1')).length, 3, lock);

  const two = repository.commit('two');
  assert.equal((await small.run('deps')).code, 0);
  assert.match(await compiled(), /'one' as a/);
  assert.equal(textOf(own, 'package-lock.yml'), lock);
  assert.equal((await small.run('deps', '--upgrade', '--lock')).code, 0);
  assert.ok(textOf(own, 'package-lock.yml').includes(two));
  assert.match(await compiled(), /'one' as a/);
  assert.equal((await small.run('deps')).code, 0);
  assert.match(await compiled(), /'two' as a/);

  small.write({ 'packages.yml': asked('v1') });
  assert.equal((await small.run('deps')).code, 0);
  assert.match(await compiled(), /'one' as a/);
  assert.deepEqual(readdirSync(own.path).filter((name) => name.startsWith('.millrace')), []); // biome-ignore format: one list
});

test('an archive is fetched by an address with a secret, which stays out of the lock, the report and errors', async () => {
  using own = folder();
  using there = folder();
  mkdirSync(join(there.path, 'package-1'));
  writeFileSync(join(there.path, 'package-1/dbt_project.yml'), project('archived'));
  await using server = await serveArchive(there.path, 'hidden-token');
  const small = new SmallProject(own.path, {
    'packages.yml': `packages: [{tarball: "${server.url}/{{ env_var('DBT_ENV_SECRET_TOKEN') }}", name: archived}]\n`,
  });
  small.env = { DBT_ENV_SECRET_TOKEN: 'hidden-token' };
  const told = await small.run('deps');
  assert.equal(told.code, 0, told.err);
  assert.deepEqual(installed(own), ['archived']);
  const lock = textOf(own, 'package-lock.yml');
  assert.match(lock, /tarball: .*env_var/);
  assert.doesNotMatch(lock + told.out + told.err, /hidden-token/);
  assert.equal((await small.run('deps')).code, 0);

  small.env = { DBT_ENV_SECRET_TOKEN: 'wrong-token' };
  const failed = await small.run('deps');
  assert.equal(failed.code, 2);
  assert.match(failed.err, /the answer is 404/);
  assert.doesNotMatch(failed.err, /wrong-token/);
  assert.deepEqual(installed(own), ['archived'], 'what was there stays');
});

test('local packages are links, with those that they ask for; a second name, a second revision and a hub are refused', async () => {
  using own = folder();
  const small = new SmallProject(own.path, { ...LOCAL, 'packages.yml': 'packages: [{local: packs/tools}]\n' });
  assert.equal((await small.run('deps')).code, 0);
  assert.deepEqual(installed(own), ['more', 'tools']);
  assert.ok(lstatSync(join(own.path, 'dbt_packages/tools')).isSymbolicLink());
  assert.equal((await small.run('deps')).code, 0);
  assert.ok(existsSync(join(own.path, 'packs/tools/dbt_project.yml')), 'a link goes, and not what it leads to');

  small.write({ 'packs/twin/dbt_project.yml': project('tools') });
  const repository = new Repository(join(own.path, 'gitted'));
  const wrong = {
    'packages: [{local: packs/tools}, {local: packs/twin}]': /both named tools/,
    [`packages: [{git: '${repository.path}', revision: v1}, {git: '${repository.path}.git', revision: main}]`]:
      /asked for at v1 and at main/,
    [`packages: [{git: '${repository.path}', revision: nowhere}]`]: /cannot be fetched: .*nowhere/,
    [`packages: [{git: '${repository.path}', subdirectory: ../packs/more}]`]: /has no folder/,
    'packages: [{package: someone/something, version: 1.0.0}]': /is of a hub[\s\S]*`git`/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    small.write({ 'packages.yml': `${text}\n` });
    const told = await small.run('deps');
    assert.equal(told.code, 2, text);
    assert.match(told.err, message);
    assert.deepEqual(installed(own), ['more', 'tools']);
  }
});

test('a folder that holds something else than packages is not taken for them', async () => {
  using own = folder();
  const small = new SmallProject(own.path, { ...LOCAL, 'packages.yml': 'packages: [{local: packs/more}]\n' });
  for (const path of ['.', 'models', 'kept']) {
    small.write({
      'dbt_project.yml': `${project('small')}profile: small\npackages-install-path: ${path}\n`,
      'models/a.sql': 'select 1 as a',
      'kept/notes.txt': 'mine',
    });
    const told = await small.run('deps');
    assert.equal(told.code, 2, path);
    assert.match(told.err, /packages-install-path/);
  }
  assert.equal(textOf(own, 'kept/notes.txt'), 'mine');
});
