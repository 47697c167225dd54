import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Destination, Finding } from '../../connectors/contract/index.ts';
import { checkPipeline } from '../../connectors/sync/index.ts';
import { never } from '../pipeline.ts';
import { overriding } from '../sides.ts';
import { collected, Ends } from './ends.ts';

/** What check says, as for the target, and as for one that holds no rows to be compared with. */
async function told(ends: Ends): Promise<readonly (Finding | undefined)[]> {
  await using pipeline = ends.open();
  const blind: Destination = overriding(pipeline.destination, { comparer: undefined as never });
  const found: (Finding | undefined)[] = [];
  for (const destination of [pipeline.destination, blind]) {
    const findings = await checkPipeline({ ...pipeline, destination }, never);
    found.push(findings.find(({ code }) => code === 'cdc.retention'));
  }
  return found;
}

it('check says how long changes are found by history, and what comes after that', async () => {
  await using ends = await Ends.open('mysql');
  await ends.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
  assert.deepEqual(await told(ends), [undefined, undefined], 'nothing was found yet');
  await ends.sync();
  for (const finding of await told(ends)) {
    assert.equal(finding?.severity, 'ok', finding?.message);
    assert.match(finding.message, /the history of rows is kept for 10 min, .*it can go on until/);
  }
  await ends.movePosition('t', collected);
  const [compared, blind] = await told(ends);
  assert.equal(compared?.severity, 'ok', compared?.message);
  assert.match(compared.message, /The next run compares with the rows of the target$/);
  assert.deepEqual([blind?.severity, blind?.at], ['warning', 'tidb_gc_life_time'], blind?.message);
  assert.match(blind!.message, /may be gone since/);
});
