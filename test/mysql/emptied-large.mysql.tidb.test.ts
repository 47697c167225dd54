import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Destination } from '../../connectors/contract/index.ts';
import { eventsOf, openDatabase, pairOf, rowsOf } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { withWriters } from '../sides.ts';

const ROWS = 60_000;
const cdc = { read: 'cdc' } as const;

it('TRUNCATE of more rows than TiDB takes away in one transaction, with a run that ends in the middle', async () => {
  await using server = await startServer('tidb').then((one) => Object.assign(one, { [Symbol.asyncDispose]: one.stop }));
  await using source = await openDatabase('mysql');
  await using target = await openDatabase('tidb', server.url);
  const pair = pairOf(source, target);
  const numbers = `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${ROWS})`;
  for (const write of ['upsert', 'soft_delete'] as const) {
    await source.run(
      `CREATE TABLE ${write} (id INT PRIMARY KEY, v VARCHAR(200), KEY (v))`,
      `INSERT INTO ${write} ${numbers} SELECT n, REPEAT('x', n % 150) FROM c`,
    );
    const config = { ...cdc, write, streams: [`${source.name}.${write}`] };
    await pair.sync(config);
    await source.run(`TRUNCATE ${write}`, `INSERT INTO ${write} VALUES (5, 'new')`);
    // Of each transaction on the server.
    await target.run(`SET GLOBAL tidb_mem_quota_query = ${2 * 1024 * 1024}`);
    const destination = (original: Destination) =>
      withWriters(original, () => ({
        commit: async () => {
          throw new Error('the process ends here');
        },
      }));
    const cut = await pair.attempt(config, { sides: { destination } });
    assert.equal(cut.finished.status, 'failed');
    const ran = await pair.sync(config);
    const said = [cut, ran].flatMap((one) => eventsOf(one, 'notice')).filter(({ code }) => code === 'target.emptied');
    assert.ok(said.length > 0, 'it took more than one transaction');
    if (write === 'upsert') assert.deepEqual(await rowsOf(target, write), await rowsOf(source, write));
    else {
      assert.deepEqual(await target.run(`SELECT id, v FROM ${write} WHERE _millrace_deleted_at IS NULL`), [
        ['5', 'new'],
      ]);
      assert.equal(await target.single(`SELECT COUNT(*) FROM ${write}`), String(ROWS));
    }
    await target.run('SET GLOBAL tidb_mem_quota_query = DEFAULT');
  }
});
