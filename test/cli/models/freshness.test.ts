import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../command-line.ts';
import { SmallProject } from './small-project.ts';

const files = {
  'millrace.yaml': `
version: 1
name: shop
connections:
  files: { type: csv, path: { orders: { path: in/orders.csv, key: [id] } } }
  warehouse: { type: duckdb, path: small.duckdb }
pipelines:
  load: { from: files, to: warehouse, streams: [orders], read: full, write: overwrite }
`,
  'in/orders.csv': 'id,state\n1,sent\n2,paid\n',
  'models/s.yml': `
sources:
  - name: shop
    schema: main
    freshness: {warn_after: {count: 1, period: hour}, error_after: {count: 1, period: day}}
    tables: [{name: orders}, {name: elsewhere}]
`,
};

test('a source that a pipeline fills is as fresh as its last run, without asking the database', async () => {
  using own = folder();
  const project = new SmallProject(own.path, files);
  const before = await project.run('source', 'freshness', '--select', 'source:shop.orders');
  assert.equal(before.code, 1);
  assert.match(before.err, /has no `loaded_at_field`, and no run of load has filled it/);

  const began = Date.now();
  const synced = await project.run('sync');
  assert.equal(synced.code, 0, synced.err);
  const ended = Date.now();
  // Nothing can be asked of a database that is not there.
  renameSync(join(own.path, 'small.duckdb'), join(own.path, 'away.duckdb'));
  const { code, finished } = await project.events('source', 'freshness');
  assert.deepEqual([code, finished.counts], [1, { pass: 1, 'runtime error': 1 }]);
  assert.equal(existsSync(join(own.path, 'small.duckdb')), false);
  const { results } = JSON.parse(readFileSync(join(own.path, 'target/sources.json'), 'utf8')) as {
    results: { unique_id: string; status: string; max_loaded_at: string }[];
  };
  const orders = results.find(({ unique_id }) => unique_id === 'source.small.shop.orders')!;
  const at = Date.parse(orders.max_loaded_at);
  assert.ok(began <= at && at <= ended, orders.max_loaded_at);

  project.write({
    'profiles.yml':
      'small: {target: dev, outputs: {dev: {type: duckdb, path: other.duckdb, schema: main, threads: 2}}}\n',
  });
  const other = await project.run('source', 'freshness', '--select', 'source:shop.orders');
  assert.equal(other.code, 1);
  assert.match(other.err, /no pipeline of a millrace\.yaml writes into this target/);
});
