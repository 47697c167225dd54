import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressOf, projectPipelineId, urlPipelineId } from '../../../cli/config/identity.ts';
import { connectorOfUrl } from '../../../connectors/registry.ts';

const id = (from: string, to: string, tables: string[], cwd = '/a') =>
  urlPipelineId([addressOf(configOf(from), cwd), addressOf(configOf(to), cwd)], tables);

function configOf(text: string): { type: string } {
  const url = new URL(text);
  return connectorOfUrl(url).fromUrl(url);
}

describe('pipeline identity', () => {
  it('is a UUID, and the same for ever: positions are kept under it', () => {
    const ids = [projectPipelineId('shop', 'main'), id('mysql://db1/shop', 'tidb://db2/copy', ['shop.*'])];
    assert.deepEqual(ids, ['040c31ca-0fa6-8e49-bf9d-cc317bae8016', '424d2041-55ab-820d-81db-6c7d756c3a90']);
    for (const each of ids) assert.match(each, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('does not mix names up', () => {
    assert.notEqual(projectPipelineId('a', 'b.c'), projectPipelineId('a.b', 'c'));
    assert.notEqual(projectPipelineId('a', 'b'), projectPipelineId('b', 'a'));
  });

  it('of URLs knows no user, password, settings or order of tables', () => {
    const plain = id('mysql://db1/shop', 'tidb://db2/copy', ['a.x', 'a.y']);
    const same = id('mysql://me:secret@DB1:3306/shop?tls=off', 'tidb://you:other@db2:4000/copy', ['a.y', 'a.x']);
    assert.equal(same, plain);
    assert.notEqual(id('mysql://db1:3307/shop', 'tidb://db2/copy', ['a.x', 'a.y']), plain);
    assert.notEqual(id('mysql://db1/shop', 'tidb://db2/copy', ['a.x']), plain);
  });

  it('of a cluster depends on its first broker, not on its registry', () => {
    const at = (broker: string, registry: string) =>
      id('mysql://db1/shop', `kafka://u:p@${broker}?registry=${registry}`, ['shop.*']);
    assert.equal(at('one:9092', 'http://a'), at('ONE', 'http://b'));
    assert.notEqual(at('one:9092', 'http://a'), at('two:9092', 'http://a'));
  });

  it('of files depends on the whole path', () => {
    const csv = (path: string, cwd: string) => addressOf({ type: 'csv', path } as { type: string }, cwd);
    assert.notEqual(csv('orders.csv', '/a'), csv('orders.csv', '/b'));
    assert.equal(csv('../a/orders.csv', '/b'), csv('/a/orders.csv', '/'));
  });
});
