import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { folder, millrace, root } from './command-line.ts';
import { mysqlToTidb } from './databases.ts';

const run = promisify(execFile);

/** npm as a user would call it: without what the npm that runs these tests has set. */
function npm(cwd: string, ...words: string[]): Promise<{ stdout: string }> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
  );
  return run('npm', words, { cwd, env, maxBuffer: 1 << 24 });
}

describe('the package', () => {
  const home = folder();
  const app = join(home.path, 'app');
  const bin = join(app, 'node_modules/millrace/cli/bin.js');

  before(async () => {
    await npm(root, 'pack', '--pack-destination', home.path);
    const tarball = readdirSync(home.path).find((name) => name.endsWith('.tgz'))!;
    mkdirSync(app);
    writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
    await npm(app, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', join(home.path, tarball));
  });
  after(() => home[Symbol.dispose]());

  it('holds what it needs and no tests or sources', () => {
    const files = readdirSync(join(app, 'node_modules/millrace'), { recursive: true, encoding: 'utf8' });
    assert.ok(files.includes('LICENSE') && files.includes('README.md') && files.includes('CHANGELOG.md'));
    assert.ok(files.includes('dist/cli/models/docs-page.html'));
    const sources = files.filter(
      (file) => (file.endsWith('.ts') && !file.endsWith('.d.ts')) || /(^|\/)test\//.test(file),
    );
    assert.deepEqual(sources, []);
  });

  it('runs by npx', async () => {
    const { stdout } = await run('npx', ['--no-install', 'millrace', '--version'], {
      cwd: app,
      env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
    });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('starts fast and says what the checkout says', async (t) => {
    for (const words of [['--version'], ['--help'], ['sync', '--help'], ['config', 'schema']]) {
      await millrace(app, words, {}, bin);
      const started = performance.now();
      const packed = await millrace(app, words, {}, bin);
      t.diagnostic(`${words.join(' ')} took ${(performance.now() - started).toFixed(0)} ms`);
      const checkout = await millrace(app, words);
      assert.equal(packed.code, 0, packed.err);
      assert.equal(packed.out, checkout.out);
    }
  });

  it('does the quickstart', async () => {
    const { code, err } = await millrace(app, ['quickstart', 'first'], {}, bin);
    assert.equal(code, 0, err);
    assert.match(err, /3 of 3 tables equal/);
  });

  it('copies between servers', async () => {
    await using pair = await mysqlToTidb();
    await pair.mysql.query("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(30)); INSERT INTO t VALUES (1, 'Zoë')");
    const synced = await millrace(app, ['sync', pair.from, pair.to], {}, bin);
    assert.equal(synced.code, 0, synced.err);
    const [rows] = await pair.tidb.query('SELECT name FROM t');
    assert.deepEqual(rows, [{ name: 'Zoë' }]);
  });

  it('is a library too', async () => {
    const program = `import { connectors, errorCodes, runPipeline } from 'millrace';
      console.log(connectors.length > 0, typeof runPipeline, 'config.invalid' in errorCodes);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: app });
    assert.equal(stdout, 'true function true\n');
  });
});
