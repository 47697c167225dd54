import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { folder, millrace } from '../cli/command-line.ts';

const broken = {
  'a quote that is not closed': { file: 't.csv', bytes: 'id,name\n1,a\n2,"b\n', says: /CSV Error on Line: 3/ },
  'a row that is too long': { file: 't.csv', bytes: 'id,name\n1,a\n2,b,c,d\n3,e\n', says: /Line: 3[\s\S]*Columns: 2/ },
  'a row that is too short': { file: 't.csv', bytes: 'id,name\n1,a\n2\n', says: /Line: 3/ },
  'bytes that are not UTF-8': { file: 't.csv', bytes: Buffer.from('id,name\n1,\xe9t\xe9\n', 'latin1'), says: /iconv/ },
  'nothing at all': { file: 't.csv', bytes: '', says: /is empty/ },
  'a Parquet file that is none': { file: 't.parquet', bytes: 'no', says: /Parquet/ },
  'JSON that is cut': { file: 't.json', bytes: '{"a":1}\n{"a":', says: /Malformed JSON.*line 3/ },
} as const;

for (const [what, { file, bytes, says }] of Object.entries(broken)) {
  it(`a file with ${what} is refused on one screen, with the place`, async () => {
    using home = folder();
    writeFileSync(join(home.path, file), bytes);
    const told = await millrace(home.path, ['sync', `${file.split('.')[1]}:${file}`, 'duckdb:x.duckdb']);
    assert.equal(told.code, 1, told.err);
    assert.match(told.err, /error file\.malformed/);
    assert.match(told.err, says);
    assert.match(told.err, new RegExp(`at +${file}`));
    assert.ok(told.err.split('\n').length < 16, told.err);
  });
}

it('a broken file is parked, the others are copied', async () => {
  using home = folder();
  writeFileSync(join(home.path, 'bad.csv'), 'a,b\n1,2,3\n');
  writeFileSync(join(home.path, 'good.csv'), 'a,b\n1,2\n');
  writeFileSync(
    join(home.path, 'millrace.yaml'),
    `name: test
connections:
  files: { type: csv, path: [bad.csv, good.csv] }
  copy: { type: duckdb, path: copy.duckdb }
pipelines:
  main: { from: files, to: copy, streams: ['*'] }
`,
  );
  const told = await millrace(home.path, ['sync']);
  assert.equal(told.code, 1, told.err);
  assert.match(told.err, /1 of 2 tables[\s\S]*parked: bad[\s\S]*error file\.malformed/);
});

it('how a file is written is found out by its first line', async () => {
  using home = folder();
  const files = {
    'semicolon.csv': 'a;b\n1,5;2\n',
    'tab.csv': 'a\tb\n"1\t5"\t2\n',
    'bar.csv': 'a|b\n1|2\n',
    'single.csv': 'a\n1\n',
    'quoted.csv': '"a,1",b\n"x ""y"", z","l1\nl2"\n',
    'backslash.csv': 'a,b\n"x \\"y\\"",2\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home.path, name), text);
  writeFileSync(join(home.path, 'packed.csv.gz'), gzipSync('a,b\n1,2\n'));
  const seen = async (name: string) => {
    const { out, err } = await millrace(home.path, ['preview', name.split('.')[0]!, `csv:${name}`, '--json']);
    assert.ok(out !== '', err);
    const { columns, rows } = (JSON.parse(out) as { result: { columns: string[]; rows: string[][] } }).result;
    return [columns, ...rows];
  };
  assert.deepEqual(await seen('semicolon.csv'), [
    ['a', 'b'],
    ['1,5', '2'],
  ]);
  assert.deepEqual(await seen('tab.csv'), [
    ['a', 'b'],
    ['1\t5', '2'],
  ]);
  assert.deepEqual(await seen('bar.csv'), [
    ['a', 'b'],
    ['1', '2'],
  ]);
  assert.deepEqual(await seen('single.csv'), [['a'], ['1']]);
  assert.deepEqual(await seen('quoted.csv'), [
    ['a,1', 'b'],
    ['x "y", z', 'l1\nl2'],
  ]);
  assert.deepEqual(await seen('backslash.csv'), [
    ['a', 'b'],
    ['x "y"', '2'],
  ]);
  assert.deepEqual(await seen('packed.csv.gz'), [
    ['a', 'b'],
    ['1', '2'],
  ]);
});
