import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { folder, millrace } from './command-line.ts';

it('preview shows nothing that a pipeline of the project hashes or masks', async () => {
  using home = folder();
  writeFileSync(join(home.path, 'people.csv'), 'id,name,card,phone\n1,Ada,4111-1,555-1\n2,Bob,,555-2\n');
  writeFileSync(
    join(home.path, 'millrace.yaml'),
    `name: test
connections:
  files: { type: csv, path: people.csv }
  other: { type: csv, path: people.csv }
  copy: { type: duckdb, path: copy.duckdb }
pipelines:
  main: { from: files, to: copy, streams: [{ name: people, mask: [card] }] }
  more: { from: files, to: copy, target: { table: 'more_{table}' }, salt: s, hash: [phone], streams: ['p*'] }
`,
  );
  const shown = async (...place: string[]) => {
    const { code, out, err } = await millrace(home.path, ['preview', 'people', ...place]);
    assert.equal(code, 0, err);
    return out;
  };
  const hidden = await shown('files');
  assert.match(hidden, /Ada +\*\*\* +\*\*\*/);
  assert.match(hidden, /Bob +NULL +\*\*\*/);
  assert.doesNotMatch(hidden + (await shown('files', '--json')) + (await shown('main')), /4111|555/);
  assert.match(await shown('other'), /Ada +4111-1 +555-1/);
});
