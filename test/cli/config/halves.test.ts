import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RelayedPipeline, splitPipeline, wholePipeline } from '../../../cli/config/halves.ts';
import { projectPipelineId } from '../../../cli/config/identity.ts';
import { findConnector } from '../../../connectors/registry.ts';
import { pipelineConfig, streamConfig } from '../../../connectors/sync/config.ts';

const connection = (type: string) => ({ name: type, connector: findConnector(type)!, config: { type } });

function relayed(options: object = {}, via = 'kafka'): RelayedPipeline {
  const config = pipelineConfig.parse({ streams: ['shop.*'], ...options });
  return {
    idOf: (half) => projectPipelineId('p', `orders/${half}`),
    name: 'orders',
    config,
    from: connection('mysql'),
    via: connection(via),
    to: connection('tidb'),
  };
}

const EVERY: Readonly<Record<string, unknown>> = {
  read: 'full',
  write: 'upsert',
  cursor: 'c',
  overlap: 1,
  where: 'a = 1',
  columns: ['a'],
  exclude_columns: ['b'],
  hash: ['c'],
  mask: ['d'],
  take_as: { e: 'text' },
  target: { database: 'x' },
  shard: { column: 's', value: '1' },
  adopt: true,
};

describe('the halves of a pipeline', () => {
  it('every option of a stream goes to the half that it is about, of the pipeline and of its streams alike', () => {
    const { name: _, ...known } = streamConfig.shape;
    assert.deepEqual(Object.keys(EVERY).sort(), Object.keys(known).sort(), 'this test knows every option');
    const [source, destination] = splitPipeline(relayed({ ...EVERY, streams: [{ name: 'shop.*', ...EVERY }] }));
    const keys = (config: object) =>
      Object.keys(config)
        .filter((name) => name in EVERY)
        .sort();
    const ofSource = [
      'adopt',
      'columns',
      'cursor',
      'exclude_columns',
      'hash',
      'mask',
      'overlap',
      'read',
      'take_as',
      'where',
    ];
    const ofDestination = ['adopt', 'shard', 'target', 'write'];
    assert.deepEqual(keys(source.config), ofSource);
    assert.deepEqual(keys(source.config.streams[0] as object), ofSource);
    assert.deepEqual(keys(destination.config), [...ofDestination, 'read'].sort());
    assert.equal(destination.config.read, 'cdc');
    assert.deepEqual(keys(destination.config.streams[0] as object), ofDestination);
  });

  it('what is of the whole is of both: streams, limits', () => {
    const limits = { exclude: ['shop.x'], max_rejects: 3, throttle: { rows_per_second: 5 }, parallel: 2 };
    for (const half of splitPipeline(relayed(limits))) {
      const { read: _, ...config } = half.config;
      assert.deepEqual(config, { streams: ['shop.*'], ...limits });
    }
  });

  it('they have identities of their own, and the second knows the first; both ends are known by the second', () => {
    const [source, destination] = splitPipeline(relayed());
    assert.deepEqual([source.name, destination.name], ['orders/source', 'orders/destination']);
    assert.deepEqual([source.from.name, source.to.name], ['mysql', 'kafka']);
    assert.deepEqual([destination.from.name, destination.to.name], ['kafka', 'tidb']);
    assert.equal(destination.writer, source.id);
    assert.equal(source.writer, undefined);
    assert.notEqual(destination.id, source.id);
    const whole = wholePipeline(relayed());
    assert.deepEqual([whole.id, whole.from.name, whole.to.name], [destination.id, 'mysql', 'tidb']);
  });

  it('refused: modes that topics have no place for, and what is no relay', () => {
    for (const write of ['append', 'overwrite', 'history']) {
      assert.throws(() => splitPipeline(relayed({ write })), { code: 'config.invalid', message: /`via`/ });
      const streams = [{ name: 'shop.*', write }];
      assert.throws(() => splitPipeline(relayed({ streams })), { code: 'config.invalid' });
    }
    splitPipeline(relayed({ write: 'soft_delete' }));
    assert.throws(() => splitPipeline(relayed({}, 'duckdb')), { code: 'config.invalid', message: /duckdb/ });
  });
});
