import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withPair } from '../pairs/matrix.ts';
import { eventsOf, rowsOf } from '../pipeline.ts';

const TABLE = 'CREATE TABLE t (id BIGINT AUTO_RANDOM PRIMARY KEY CLUSTERED, v INT)';

it('random ids travel as they are; that the target makes none is said', () =>
  withPair('tidb', 'tidb', async (pair) => {
    await pair.source.run(TABLE, 'INSERT INTO t (v) VALUES (1), (2), (3)');
    const ran = await pair.sync();
    assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'));
    const said = eventsOf(ran, 'action').map(({ summary }) => summary);
    assert.ok(
      said.some((note) => /^AUTO_RANDOM of id is left out/.test(note)),
      said.join('\n'),
    );
  }));

it('a table whose own ids are random takes the ids that come', () =>
  withPair('tidb', 'tidb', async (pair) => {
    await pair.source.run(TABLE, 'INSERT INTO t (v) VALUES (1), (2), (3)');
    await pair.target.run(TABLE);
    const config = { write: 'upsert', adopt: true } as const;
    await pair.sync(config);
    await pair.source.run('UPDATE t SET v = v + 1', 'INSERT INTO t (v) VALUES (9)');
    await pair.sync(config);
    assert.deepEqual(await rowsOf(pair.target, 't'), await rowsOf(pair.source, 't'));
    await pair.target.run('INSERT INTO t (v) VALUES (10)');
    assert.equal(await pair.target.single('SELECT COUNT(*) FROM t'), '5', 'ids of its own go on');
  }));
