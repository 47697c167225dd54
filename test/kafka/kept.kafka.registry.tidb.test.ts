import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Destination } from '../../connectors/contract/index.ts';
import { never, openDatabase, openPipeline, rowsOf, runOnce, type TestRun } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { withWriters } from '../sides.ts';
import { collectGarbage } from '../tidb/garbage.ts';
import { kafkaUrl } from './produce.ts';
import { deleteTopics, recordsOf, rowsOfTopic, topicNames } from './read-topic.ts';

const numbers = (to: number) =>
  `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${to}) SELECT`;

/** The commit of changes that is given is the last thing that the process does. */
function endingAfter(commit: number): TestRun {
  let commits = 0;
  const destination = (original: Destination) =>
    withWriters(original, (writer, lane) => ({
      commit: async (position, ended) => {
        const report = await writer.commit(position, ended);
        if (lane.endsWith('/diff') && ++commits === commit) throw new Error('the process ends here');
        return report;
      },
    }));
  return { sides: { destination } };
}

it('TiDB into a topic by kept hashes: history is gone each time, a run ends in the middle, a column is added', async () => {
  await using server = await startServer('tidb').then((one) => Object.assign(one, { [Symbol.asyncDispose]: one.stop }));
  await using source = await openDatabase('tidb', server.url);
  await using target = await openDatabase('tidb');
  const kept = await mkdtemp(join(tmpdir(), 'mr_kept_'));
  await using _ = { [Symbol.asyncDispose]: () => rm(kept, { recursive: true }) };
  const url = kafkaUrl();
  const topic = `${source.name}.t`;
  const out = { id: randomUUID(), from: source.url, to: url, kept };
  const back = { id: randomUUID(), from: url, to: target.url };
  const config = { streams: [`${source.name}.*`], read: 'cdc' as const };
  const collect = async () => {
    await using pipeline = openPipeline(out, config);
    const { lanes } = await pipeline.destination.positions(never);
    await collectGarbage(source, [JSON.parse(lanes.get(`full/0/${topic}/diff`)!.position).tso]);
  };
  const write = async () => {
    const { finished } = await runOnce(out, config);
    assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
    return finished.counts.read;
  };
  const assertEqual = async (when: string) => {
    const { finished } = await runOnce(back, { streams: [topic], target: { table: '{table}' } });
    assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
    assert.deepEqual(await rowsOf(target, topic), await rowsOf(source, 't'), when);
  };
  try {
    await source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v INT)',
      `INSERT INTO t (id, v) ${numbers(5000)} n, n FROM c`,
    );
    assert.equal(await write(), 5000);
    await assertEqual('the copy');
    await source.run(
      'UPDATE t SET v = -v WHERE id % 500 = 0',
      'DELETE FROM t WHERE id = 7',
      'INSERT INTO t VALUES (0, 0)',
    );
    await collect();
    assert.equal(await write(), 12);
    assert.equal((await recordsOf(url, topic)).length, 5012);
    await assertEqual('few changes');

    await source.run('UPDATE t SET v = v + 1 WHERE id < 2000', 'DELETE FROM t WHERE id BETWEEN 100 AND 200');
    await collect();
    const { finished } = await runOnce(out, config, endingAfter(1));
    assert.equal(finished.status, 'failed');
    // Back to what the run before had: the topic may have it otherwise.
    await source.run(
      'UPDATE t SET v = v - 1 WHERE id < 2000',
      `INSERT IGNORE INTO t (id, v) ${numbers(200)} n, n FROM c`,
    );
    await collect();
    await write();
    await assertEqual('after a run that ended in the middle');

    await source.run(
      "ALTER TABLE t ADD COLUMN w VARCHAR(9) DEFAULT 'old'",
      "UPDATE t SET w = 'new' WHERE id = 3",
      'DELETE FROM t WHERE id = 4',
    );
    await collect();
    await write();
    await assertEqual('a column was added');
    const newest = (await rowsOfTopic(url, topic)).at(-1)!;
    assert.deepEqual(
      newest.schema.columns.map(({ name }) => name),
      ['id', 'v', 'w'],
    );
    await source.run("UPDATE t SET w = 'x' WHERE id = 5");
    await collect();
    assert.equal(await write(), 1, 'then only what changed');
    await assertEqual('after all of it');
  } finally {
    await deleteTopics(
      url,
      (await topicNames(url)).filter((name) => name.startsWith(`${source.name}.`)),
    );
  }
});
