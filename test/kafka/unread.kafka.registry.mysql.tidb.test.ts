import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kafkaFromUrl } from '../../connectors/kafka/config.ts';
import { platformaticClient } from '../../connectors/kafka/platformatic-client.ts';
import { RecordSetBuilder, wholePart } from '../../connectors/kafka/record-set.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { reloadStream } from '../../connectors/sync/index.ts';
import { eventsOf, never, openPipeline, type Ran, rowsOf } from '../pipeline.ts';
import { type Hop, openHop } from './hop.ts';

const rows = (from: number, to: number, v = 1) =>
  `INSERT INTO t (id, v) WITH RECURSIVE c (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM c WHERE n < ${to}) SELECT n, ${v} FROM c`;

function ok(ran: Ran): Ran {
  assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
  return ran;
}

/** A table whose topic is read into a table, which must be equal to it. */
async function copying(body: (hop: Hop, assertEqual: () => Promise<void>) => Promise<void>): Promise<void> {
  await using hop = await openHop('mysql', 'tidb');
  await hop.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', rows(1, 3000));
  await body(hop, async () => {
    ok(await hop.read('t'));
    assert.deepEqual(await rowsOf(hop.target, hop.topic('t')), await rowsOf(hop.source, 't'));
  });
}

/** Seconds that a transaction of somebody else stays open in a topic: then the broker rolls it back. */
const OPEN_SECONDS = 10;

/** Leaves a transaction with a record in every partition of a topic behind, as a process that was killed does. */
async function leaveOpen(hop: Hop): Promise<AsyncDisposable> {
  const config = kafkaFromUrl(new URL(hop.url));
  await using client = platformaticClient(config);
  const topic = await client.topic(hop.topic('t'));
  const producer = await client.producer(`left-open-${topic.id}`, OPEN_SECONDS * 1000);
  for (let partition = 0; partition < topic.partitions; partition++) {
    const set = new RecordSetBuilder(topic.name, partition);
    set.add(wholePart(Buffer.from('another key')), wholePart(Buffer.from('a value')), []);
    await producer.send([set.take()]);
  }
  return { [Symbol.asyncDispose]: () => producer.end() };
}

describe('a full read into a topic that has rows from before', { concurrency: 2 }, () => {
  it('invariant 6: rows that are gone since the last one are marked as deleted, and those alone', () =>
    copying(async (hop, assertEqual) => {
      const config = { read: 'full', write: 'upsert' } as const;
      ok(await hop.write(config));
      await assertEqual();
      await hop.source.run('DELETE FROM t WHERE id % 3 = 0', 'UPDATE t SET v = 2 WHERE id < 100', rows(4000, 4100));
      const again = ok(await hop.write(config));
      const notices = eventsOf(again, 'notice').filter(({ code }) => code === 'rows.gone');
      assert.match(notices[0]?.message ?? '', /^1000 rows are gone/);
      await assertEqual();
      await hop.source.run(rows(3, 3, 9));
      assert.equal(eventsOf(ok(await hop.write(config)), 'notice').length, 0, 'what is gone is marked once');
      await assertEqual();
    }));

  it('invariant 6: changes whose position was forgotten: what was deleted meanwhile is marked by the copy', () =>
    copying(async (hop, assertEqual) => {
      ok(await hop.write({ read: 'cdc' }));
      await assertEqual();
      {
        await using pipeline = openPipeline(hop.out, { streams: [`${hop.source.name}.*`], read: 'cdc' });
        await pipeline.destination.reset(undefined, never);
      }
      await hop.source.run('DELETE FROM t WHERE id > 2000');
      ok(await hop.write({ read: 'cdc' }));
      await assertEqual();
      await hop.source.run(rows(2500, 2600), 'DELETE FROM t WHERE id = 2550');
      ok(await hop.write({ read: 'cdc' }));
      await assertEqual();
    }));

  it('invariant 6: rows that came behind a transaction that somebody left open are not taken for gone', () =>
    copying(async (hop, assertEqual) => {
      const config = { read: 'full', write: 'upsert' } as const;
      ok(await hop.write(config));
      await using _left = await leaveOpen(hop);
      const again = ok(await hop.write(config));
      assert.deepEqual(
        eventsOf(again, 'notice').filter(({ code }) => code === 'rows.gone'),
        [],
      );
      await assertEqual();
    }));

  it('a reload of some rows takes nothing for gone', () =>
    copying(async (hop, assertEqual) => {
      const config: PipelineConfig = { streams: [`${hop.source.name}.*`], read: 'full', write: 'upsert' };
      ok(await hop.write(config));
      await using pipeline = openPipeline(hop.out, config);
      const options = { run: 'reload', emit: () => undefined, drain: never, abort: never };
      const stream = `${hop.source.name}.t`;
      const finished = await reloadStream(pipeline, stream, 'id < 10', options);
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      await assertEqual();
    }));
});
