import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { project, Repository, serveArchive, serveHub } from './packages.ts';
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
  assert.match(failed.err, /the answer is 404[\s\S]*may reach/);
  assert.doesNotMatch(failed.err, /wrong-token/);
  assert.deepEqual(installed(own), ['archived'], 'what was there stays');
});

test('local packages are links, with those that they ask for; a second name and a second revision are refused', async () => {
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
    'packages: [{private: someone/something}]': /is of a provider[\s\S]*`git`/,
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

const HUB = {
  'some/tools': {
    '1.0.0': {},
    '1.9.0': {},
    '1.10.0': { packages: [{ package: 'some/more', version: ['>=0.1.0', '<0.3.0'] }], requires: ['>=1.3.0', '<2.0.0'] },
    '1.11.0': { requires: ['>=7.0.0'] },
    '2.0.0-rc1': {},
  },
  'some/more': { '0.1.0': {}, '0.2.0': {}, '0.3.0': {} },
}; // biome-ignore format: a table

const ASKED =
  'packages: [{package: some/tools, version: [">=1.0.0", "<2.0.0"]}, {package: some/more, version: ">=0.1.0"}]\n';

/** As dbt-core 1.11.16 writes it, of the same hub. */
const HUB_LOCK = `packages:
  - name: tools
    package: some/tools
    version: 1.10.0
  - name: more
    package: some/more
    version: 0.2.0
sha1_hash: f8e7b89c11c54da9424c7f3cc2d205e36e77bb82
`;

test('packages of a hub are the newest that all who ask for them allow, and stay those of the lock', async () => {
  using own = folder();
  using there = folder();
  await using hub = await serveHub(there.path, HUB);
  const small = new SmallProject(own.path, {
    'packages.yml': ASKED,
    'models/a.sql': "select '{{ tools.version() }}' as tools, '{{ more.version() }}' as more",
  });
  small.env = { DBT_PACKAGE_HUB_URL: `${hub.url}/` };
  const told = await small.run('deps');
  assert.equal(told.code, 0, told.err);
  assert.match(told.out, /tools {2}some\/tools {2}1\.10\.0\nmore {2}some\/more {2}0\.2\.0/);
  assert.deepEqual(installed(own), ['more', 'tools']);
  assert.equal(textOf(own, 'package-lock.yml'), HUB_LOCK);
  assert.match((await small.run('compile', '--select', 'a')).out, /'1\.10\.0' as tools, '0\.2\.0' as more/);

  await using older = await serveHub(join(there.path, 'older'), {
    ...HUB,
    'some/tools': { ...HUB['some/tools'], '1.12.0': {} },
  });
  small.env = { DBT_PACKAGE_HUB_URL: older.url };
  assert.match((await small.run('deps')).out, /some\/tools {2}1\.10\.0/);
  assert.match((await small.run('deps', '--upgrade')).out, /some\/tools {2}1\.12\.0/);
});

test('what a hub does not have is told with what it has', async () => {
  using own = folder();
  using there = folder();
  await using hub = await serveHub(there.path, HUB);
  const small = new SmallProject(own.path, {});
  small.env = { DBT_PACKAGE_HUB_URL: hub.url };
  const entries: readonly (readonly [string, RegExp])[] = [
    ['{package: some/nothing, version: 1.0.0}', /the hub has no package some\/nothing[\s\S]*packages\.yml:1/],
    ['{package: some/tools, version: ">=2.0.0"}', /no version of some\/tools that is >=2\.0\.0[\s\S]*1\.0\.0, 1\.9\.0, 1\.10\.0\./],
    ['{package: some/tools, version: 1.11.0}', /no version of some\/tools that is 1\.11\.0/],
    ['{package: some/tools}', /some\/tools has no `version`/],
    ['{package: some/more, version: 0.3.0}, {package: some/tools, version: 1.10.0}', /no version of some\/more that is >=0\.1\.0 and <0\.3\.0 and 0\.3\.0/],
  ]; // biome-ignore format: a table
  for (const [entry, message] of entries) {
    small.write({ 'packages.yml': `packages: [${entry}]\n` });
    const told = await small.run('deps');
    assert.equal(told.code, 2, entry);
    assert.match(told.err, message);
  }
  const before = '{package: some/tools, version: [">=1.0.0", "<2.0.0"], install_prerelease: true}';
  for (const [entry, version] of [
    [before, '1.10.0'],
    [before.replace('<2.0.0', '<=2.0.0'), '2.0.0-rc1'],
    ['{package: some/tools, version: 2.0.0-rc1}', '2.0.0-rc1'],
  ]) {
    small.write({ 'packages.yml': `packages: [${entry}]\n` });
    const told = await small.run('deps');
    assert.equal(told.code, 0, told.err);
    assert.ok(told.out.includes(`some/tools  ${version}`), told.out);
  }
  small.env = { DBT_PACKAGE_HUB_URL: 'http://127.0.0.1:9/' };
  const away = await small.run('deps', '--upgrade');
  assert.equal(away.code, 2);
  assert.match(away.err, /the hub cannot be asked for some\/tools: [\s\S]*DBT_PACKAGE_HUB_URL/);
});

test('a package is added to the file, whose other lines stay, and is not where it cannot be had', async () => {
  using own = folder();
  using there = folder();
  await using hub = await serveHub(there.path, HUB);
  const small = new SmallProject(own.path, LOCAL);
  small.env = { DBT_PACKAGE_HUB_URL: hub.url };
  const add = async (package_: string, ...words: readonly string[]) => {
    const told = await small.run('deps', '--add-package', package_, ...words);
    return { ...told, file: existsSync(join(own.path, 'packages.yml')) ? textOf(own, 'packages.yml') : undefined };
  };
  assert.match((await small.run('deps', '--source', 'git')).err, /`--source`[\s\S]*`--add-package`/);
  const unsaid = await add('some/tools');
  assert.equal(unsaid.code, 2);
  assert.match(unsaid.err, /has no version[\s\S]*some\/tools@/);
  assert.equal((await add('some/nothing@1.0.0')).file, undefined);

  const first = await add('some/tools@1.9.0');
  assert.equal(first.code, 0, first.err);
  assert.match(first.out + first.err, /packages\.yml and package-lock\.yml are written/);
  assert.equal(first.file, 'packages:\n  - package: some/tools\n    version: 1.9.0\n');

  small.write({
    'packages.yml':
      "# by hand\npackages:\n  - local: packs/more # ours\n  - {git: 'https://git.example.com/tools.git', revision: v1}\nother: 017\n",
  });
  const second = await add('some/tools@>=1.0.0,<1.10.0');
  assert.equal(second.code, 0, second.err);
  const entry = '  - package: some/tools\n    version:\n      - ">=1.0.0"\n      - <1.10.0\n';
  assert.equal(second.file, `# by hand\npackages:\n  - local: packs/more # ours\n${entry}other: 017\n`);
  assert.match(second.out, /some\/tools {2}1\.9\.0/);
  const failed = await add('some/tools@7.0.0');
  assert.equal(failed.code, 2);
  assert.equal(failed.file, second.file);
  const third = await add('packs/tools', '--source', 'local');
  assert.equal(third.file, '# by hand\npackages:\n  - local: packs/more # ours\n  - local: packs/tools\nother: 017\n');
  assert.deepEqual(installed(own), ['more', 'tools']);
  small.write({ 'packages.yml': 'packages: [' });
  assert.match((await add('some/tools@1.9.0')).err, /project\.yaml[\s\S]*packages\.yml/);
});
