import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { testFolder } from './folder.ts';
import { findTests, parseRequest, serversOf } from './selection.ts';

test('words of the command line are told apart', () => {
  assert.deepEqual(parseRequest(['--unit', 'test/a', '--test-name-pattern=x y', 'b.test.ts']), {
    unit: true,
    paths: ['test/a', 'b.test.ts'],
    flags: ['--test-name-pattern=x y'],
  });
});

test('the servers of a test stand in its name', () => {
  assert.deepEqual(serversOf('a.mysql/load.test.ts'), []);
  assert.deepEqual(serversOf('load.mysql.tidb.test.ts'), ['mysql', 'tidb']);
  assert.deepEqual(serversOf('load.kafka.registry.test.ts'), ['kafka', 'registry']);
});

test('a mistyped server is refused, by file and word', () => {
  assert.throws(() => serversOf('a/load.msyql.test.ts'), /a\/load\.msyql\.test\.ts: "msyql"/);
  assert.throws(() => serversOf('load.constructor.test.ts'), /"constructor"/);
});

test('files are found by folder, glob and name, each once', async (context) => {
  const folder = await testFolder(context);
  await mkdir(join(folder, 'deep'));
  const names = ['a.test.ts', 'b.tidb.test.ts', 'deep/c.test.ts', 'd.ts'];
  for (const name of names) await writeFile(join(folder, name), '');
  const found = (unit: boolean, ...paths: string[]) =>
    findTests({ unit, flags: [], paths: paths.map((path) => join(folder, path)) }).map((file) =>
      file.slice(folder.length + 1),
    );
  assert.deepEqual(found(false, '.', 'a.test.ts'), ['a.test.ts', 'b.tidb.test.ts', 'deep/c.test.ts']);
  assert.deepEqual(found(true, '.'), ['a.test.ts', 'deep/c.test.ts']);
  assert.deepEqual(found(false, '**/c*'), ['deep/c.test.ts']);
  assert.throws(() => found(false, 'a.test.ts', 'd.ts'), /no test file .*d\.ts/);
});
