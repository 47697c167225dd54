import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectPipelineId, urlPipelineId } from '../../../cli/config/identity.ts';

const id = (from: string, to: string, tables: string[], cwd = '/a') =>
  urlPipelineId(new URL(from), new URL(to), tables, cwd);

describe('pipeline identity', () => {
  it('is a UUID, and the same for ever: positions are kept under it', () => {
    assert.equal(projectPipelineId('shop', 'main'), '040c31ca-0fa6-8e49-bf9d-cc317bae8016');
    assert.equal(id('mysql://db1/shop', 'tidb://db2:4000/copy', ['shop.*']), 'dd3c9bf8-88f6-865a-94d0-5798a4db3187');
    assert.match(
      projectPipelineId('shop', 'main'),
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('does not mix names up', () => {
    assert.notEqual(projectPipelineId('a', 'b.c'), projectPipelineId('a.b', 'c'));
    assert.notEqual(projectPipelineId('a', 'b'), projectPipelineId('b', 'a'));
  });

  it('of URLs knows no user, password, settings or order of tables', () => {
    const plain = id('mysql://db1/shop', 'tidb://db2/copy', ['a.x', 'a.y']);
    assert.equal(id('mysql://me:secret@DB1/shop/?tls=off', 'tidb://you:other@db2/copy', ['a.y', 'a.x']), plain);
    assert.notEqual(id('mysql://db1:3307/shop', 'tidb://db2/copy', ['a.x', 'a.y']), plain);
    assert.notEqual(id('mysql://db1/shop', 'tidb://db2/copy', ['a.x']), plain);
  });

  it('of files depends on the whole path', () => {
    const here = id('csv:orders.csv', 'duckdb:x.duckdb', ['*'], '/a');
    assert.notEqual(id('csv:orders.csv', 'duckdb:x.duckdb', ['*'], '/b'), here);
    assert.equal(id('csv:/a/orders.csv', 'duckdb:../a/x.duckdb', ['*'], '/a'), here);
  });
});
