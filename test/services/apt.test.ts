import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { debianMirror } from './apt.ts';
import { testFolder } from './folder.ts';

const URL = 'http://mirror.example/debian';

const cases: readonly (readonly [string, string, string, string | undefined])[] = [
  ['the old format', 'sources.list', `# deb http://no.example/debian x\ndeb ${URL} sid main\n`, URL],
  ['the old format with options', 'sources.list', `deb [arch=amd64 signed-by=/a b=c] ${URL}/ sid main\n`, `${URL}/`],
  ['the new format', 'sources.list.d/debian.sources', `Types: deb\nURIs: ${URL}\nSuites: sid\n`, URL],
  ['only security updates', 'sources.list', 'deb http://mirror.example/debian-security sid main\n', undefined],
  ['another archive', 'sources.list.d/x.list', 'deb https://packages.example/apt x main\n', undefined],
];

for (const [name, file, text, expected] of cases) {
  test(`the mirror is found in ${name}`, async (context) => {
    const sources = await testFolder(context);
    await mkdir(join(sources, 'sources.list.d'));
    await writeFile(join(sources, file), text);
    assert.equal(await debianMirror(sources), expected);
  });
}
