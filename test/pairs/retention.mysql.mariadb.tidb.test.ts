import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../connectors/contract/index.ts';
import { checkPipeline } from '../../connectors/sync/index.ts';
import { never, openDatabase, pairOf, type ServerName, type TestDatabase, type TestPair } from '../pipeline.ts';
import { startServer } from '../services/server.ts';

const cdc = { read: 'cdc' } as const;

async function told(pair: TestPair): Promise<Finding> {
  await using pipeline = pair.open(cdc);
  const findings = await checkPipeline(pipeline, never);
  return findings.find(({ code }) => code === 'cdc.retention' || code === 'source.history-lost')!;
}

/** As if the last run was so many hours ago. */
function ageing({ target, id }: TestPair, hours: number): Promise<unknown> {
  const pipeline = `UNHEX('${id.replaceAll('-', '')}')`;
  return target.run(
    `UPDATE _millrace_state SET committed_at = committed_at - INTERVAL ${hours} HOUR WHERE pipeline = ${pipeline}`,
  );
}

/** Takes away all files but the newest. MariaDB keeps those for a moment that it may need to recover from. */
async function purged(source: TestDatabase): Promise<void> {
  for (;;) {
    const logs = await source.run('SHOW BINARY LOGS');
    if (logs.length === 1) return;
    await source.run(`PURGE BINARY LOGS TO '${logs.at(-1)![0]}'`);
    await sleep(100);
  }
}

describe('check: how long the log goes on from where the pipeline is', { concurrency: 2 }, () => {
  for (const kind of ['mysql', 'mariadb'] satisfies ServerName[]) {
    it(`${kind}: kept, going to be purged, purged`, async () => {
      const server = await startServer(kind, {
        flags: ['--binlog-expire-logs-seconds=864000', '--binlog-row-metadata=FULL'],
      });
      await using stack = new AsyncDisposableStack();
      stack.defer(() => server.stop());
      await using source = await openDatabase(kind, server.url);
      await using target = await openDatabase('tidb');
      const pair = pairOf(source, target, { through: { from: server.url } });
      await source.run('CREATE TABLE t (id INT PRIMARY KEY)');
      assert.match((await told(pair)).message, /is kept for 10 d$/);
      await pair.sync(cdc);
      const fresh = await told(pair);
      assert.deepEqual([fresh.severity, /it can go on until/.test(fresh.message)], ['ok', true], fresh.message);
      await ageing(pair, 6 * 24);
      const due = await told(pair);
      assert.deepEqual([due.severity, due.at], ['warning', 'binlog_expire_logs_seconds'], due.message);
      assert.match(due.message, /6 d ago: after \d+/);
      await source.run(
        'INSERT INTO t VALUES (1)',
        'FLUSH BINARY LOGS',
        'INSERT INTO t VALUES (2)',
        'FLUSH BINARY LOGS',
      );
      await purged(source);
      const gone = await told(pair);
      assert.deepEqual([gone.severity, gone.code], ['error', 'source.history-lost'], gone.message);
    });
  }

  it('a managed MySQL: the hours of the service count, not the variables of the server', async () => {
    const server = await startServer('mysql', { flags: ['--binlog-expire-logs-seconds=864000'] });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => server.stop());
    await using source = await openDatabase('mysql', server.url);
    await using target = await openDatabase('tidb');
    const pair = pairOf(source, target, { through: { from: server.url } });
    await source.run('CREATE TABLE t (id INT PRIMARY KEY)');
    // The table of Amazon RDS, as its procedures read and write it.
    await source.run(
      'CREATE TABLE mysql.rds_configuration (name VARCHAR(100) PRIMARY KEY, value VARCHAR(100), description VARCHAR(300))',
      "INSERT INTO mysql.rds_configuration VALUES ('binlog retention hours', NULL, ''), ('target delay', '0', '')",
    );
    const unset = await told(pair);
    assert.deepEqual([unset.severity, unset.at], ['warning', 'binlog retention hours'], unset.message);
    assert.match(unset.fix ?? '', /rds_set_configuration/);
    await source.run("UPDATE mysql.rds_configuration SET value = '48' WHERE name = 'binlog retention hours'");
    assert.match((await told(pair)).message, /is kept for (?:2 d|48 h)$/);
    await pair.sync(cdc);
    await ageing(pair, 36);
    const due = await told(pair);
    assert.deepEqual([due.severity, due.at], ['warning', 'binlog retention hours'], due.message);
  });
});
