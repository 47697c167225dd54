import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkPipeline } from '../../connectors/sync/index.ts';
import { never } from '../pipeline.ts';
import { withPair } from './matrix.ts';

it('check says what a throttle does to a table that cannot be read in pages', () =>
  withPair('mysql', 'tidb', async (pair) => {
    await pair.source.run('CREATE TABLE loose (v INT)', 'CREATE TABLE keyed (id INT PRIMARY KEY)');
    const said = async (config: object) => {
      await using pipeline = pair.open(config);
      const findings = await checkPipeline(pipeline, never);
      return findings.filter(({ code }) => code === 'source.unordered').map(({ message }) => message);
    };
    const [plain, ...others] = await said({});
    assert.match(plain!, /loose has no primary key: .* in one go$/);
    const [throttled] = await said({ throttle: { rows_per_second: 100 } });
    assert.match(throttled!, /loose .* one statement that stays open/);
    assert.deepEqual(others, []);
  }));
