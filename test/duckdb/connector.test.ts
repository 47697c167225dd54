import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duckdbConnector } from '../../connectors/duckdb/duckdb-connector.ts';
import { fileStreams } from '../../connectors/duckdb/file-config.ts';
import { csvConnector, parquetConnector } from '../../connectors/duckdb/file-connectors.ts';

test('URLs name a file relative or absolute, and options', () => {
  assert.deepEqual(duckdbConnector.fromUrl(new URL('duckdb:data/my%20shop.duckdb?memory=1GB')), {
    type: 'duckdb',
    path: 'data/my shop.duckdb',
    memory: '1GB',
  });
  assert.equal(duckdbConnector.fromUrl(new URL('duckdb:///abs/x.duckdb')).path, '/abs/x.duckdb');
  assert.equal(duckdbConnector.fromUrl(new URL('duckdb://rel/x.duckdb')).path, 'rel/x.duckdb');
  assert.equal(csvConnector.fromUrl(new URL('csv:a.csv?delimiter=;&header=false')).header, false);
  assert.throws(() => duckdbConnector.fromUrl(new URL('duckdb:x?memory=lots')), { code: 'config.invalid' });
  assert.throws(() => parquetConnector.fromUrl(new URL('parquet:x?delimiter=;')), { code: 'config.invalid' });
});

test('streams are named after their files, or by hand', () => {
  const names = (path: unknown) =>
    fileStreams(csvConnector.config.parse({ type: 'csv', path })).map(({ name }) => name);
  assert.deepEqual(names('data/orders.csv'), ['orders']);
  assert.deepEqual(names(['a/orders-*.csv.gz', 'data/*.csv', 'x/events.v2.csv']), ['orders', 'data', 'events.v2']);
  assert.deepEqual(names({ shop: 'a*.csv', other: { path: 'b.csv', key: ['id'] } }), ['shop', 'other']);
  assert.throws(() => names(['a/x.csv', 'b/x.csv']), { code: 'config.invalid' });
});
