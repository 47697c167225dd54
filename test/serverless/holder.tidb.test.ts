import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqlPool } from '../../connectors/sql/pool.ts';
import { query } from '../../connectors/sql/query.ts';
import { tidbConfig } from '../../connectors/tidb/config.ts';
import { tidbConnector } from '../../connectors/tidb/index.ts';
import { SnapshotReading } from '../../connectors/tidb/snapshot-reading.ts';
import { never } from '../pipeline.ts';
import { listener, testCertificates, testCloud } from '../stand-in/fixture.ts';

/** Ids of the transactions that this user has open. */
const OPEN = `SELECT ID FROM INFORMATION_SCHEMA.PROCESSLIST WHERE USER = SUBSTRING_INDEX(USER(), '@', 1) AND TXNSTART <> ''`;

it('the transaction that holds a snapshot back is not cut for silence, and ends with the read', async () => {
  using certificates = await testCertificates();
  await using cloud = await testCloud('tidb', certificates, { idle: 1000 });
  const url = new URL(cloud.url({ query: `tls=verify&ca=${certificates.ca}&idle_seconds=0.3` }));
  const config = tidbConfig.parse(tidbConnector.fromUrl(url));
  await using pool = new SqlPool(config, { side: 'source', emit: listener().emit });
  const reading = new SnapshotReading(pool);
  const { name } = await reading.begin(never);
  await sleep(2500);
  assert.equal(cloud.standIn.open, 1);
  {
    await using lease = await pool.lease('read', never);
    assert.equal((await query(lease.session, OPEN)).length, 1);
  }
  assert.equal((await reading.begin(never)).name, name);
  await reading[Symbol.asyncDispose]();
  await sleep(500);
  await cloud.standIn.untilNoneOpen();
});
