import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { folder, millrace } from './command-line.ts';

it('a project that `init` makes goes on where the same URLs on the command line are', async () => {
  using home = folder();
  writeFileSync(join(home.path, 't.csv'), 'id,v\n1,a\n');
  const urls = ['csv:t.csv', 'duckdb:copy.duckdb'];
  const go = async (...words: string[]) => {
    const told = await millrace(home.path, words);
    assert.equal(told.code, 0, `${words.join(' ')}: ${told.err}`);
    return told;
  };
  await go('sync', ...urls);
  await go('init', ...urls);
  await go('check');
  await go('plan');
  writeFileSync(join(home.path, 't.csv'), 'id,v\n1,a\n2,b\n');
  await go('sync');
  await go('verify');
  // And back again: it is one pipeline.
  await go('sync', ...urls);
});

it('two pipelines cannot have one identity, and one with `via` has none to choose', async () => {
  using home = folder();
  const id = '2cf4b107-5f74-868f-98e9-600001bd3894';
  const yaml = (more: string) => `name: test
connections:
  files: { type: csv, path: t.csv }
  kafka: { type: kafka, brokers: ['127.0.0.1:1'], registry: { url: 'http://127.0.0.1:1' } }
  copy: { type: duckdb, path: copy.duckdb }
pipelines:
  one: { from: files, to: copy, id: ${id}, streams: ['*']${more} }
  two: { from: files, to: copy, id: ${id}, streams: ['*'] }
`;
  const refused = async (more: string, says: RegExp) => {
    writeFileSync(join(home.path, 'millrace.yaml'), yaml(more));
    const { code, err } = await millrace(home.path, ['plan', 'one']);
    assert.equal(code, 2, err);
    assert.match(err, says);
  };
  await refused('', /pipelines\.one\.id is that of pipeline two too/);
  await refused(', via: kafka', /pipelines\.one\.id does not go with `via`/);
});
