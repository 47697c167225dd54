import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { checkPipeline } from '../../connectors/sync/check.ts';
import { planPipeline } from '../../connectors/sync/plan.ts';
import { reloadStream } from '../../connectors/sync/reload.ts';
import { verifyPipeline } from '../../connectors/sync/verify.ts';
import { eventsOf, never, rowsOf, type TestDatabase, type TestPair } from '../pipeline.ts';
import { onEveryPair, withPair } from './matrix.ts';

const PEOPLE =
  'CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40), mail VARCHAR(80), note TEXT, age INT, KEY age (age), KEY mail (mail))';

async function people(source: TestDatabase): Promise<void> {
  await source.run(
    PEOPLE,
    "INSERT INTO people VALUES (1, 'Ann', 'ann@example.org', 'x', 30), (2, 'Bo', NULL, NULL, 40), (3, 'Cy', 'cy@example.org', 'y', NULL)",
  );
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

onEveryPair((test) => {
  test('columns chosen, left out, hashed and masked; rows filtered', async (pair) => {
    await people(pair.source);
    const config = {
      exclude_columns: ['note'],
      hash: ['mail'],
      mask: ['name'],
      salt: 'sea ',
      where: 'age > 0 OR id = 3',
    };
    await pair.sync(config);
    await pair.source.run(
      'UPDATE people SET age = -1 WHERE id = 2',
      "INSERT INTO people VALUES (4, 'Di', 'd', NULL, 1)",
    );
    await pair.sync(config);
    assert.deepEqual(await pair.target.run('SELECT * FROM people ORDER BY id'), [
      ['1', '***', sha('sea ann@example.org'), '30'],
      ['3', '***', sha('sea cy@example.org'), null],
      ['4', '***', sha('sea d'), '1'],
    ]);
  });

  test('upsert by a filter: rows that no longer meet it are removed, others are not looked at', async (pair) => {
    await people(pair.source);
    const config = { write: 'upsert' as const, where: 'age > 0', columns: ['name'] };
    await pair.sync(config);
    await pair.source.run('UPDATE people SET age = -1 WHERE id = 2');
    await pair.sync(config);
    assert.deepEqual(await pair.target.run('SELECT * FROM people ORDER BY id'), [['1', 'Ann']]);
  });

  test('shards into one table: each keeps to its own rows', async (pair) => {
    const { source, target } = pair;
    await source.run(
      'CREATE TABLE shop_1 (id INT PRIMARY KEY, v INT)',
      'CREATE TABLE shop_2 (id INT PRIMARY KEY, v INT)',
      'INSERT INTO shop_1 VALUES (1, 10), (2, 20)',
      'INSERT INTO shop_2 VALUES (1, 100), (3, 300)',
    );
    const shard = (name: string) => ({
      name: `${source.name}.shop_${name}`,
      target: { table: 'shop' },
      shard: { column: 'shop', value: name },
    });
    const config = { streams: [shard('1'), shard('2')] };
    await pair.sync(config);
    await source.run('DELETE FROM shop_1 WHERE id = 1', 'UPDATE shop_2 SET v = 101 WHERE id = 1');
    await pair.sync(config);
    assert.deepEqual(await target.run('SELECT shop, id, v FROM shop ORDER BY shop, id'), [
      ['1', '2', '20'],
      ['2', '1', '101'],
      ['2', '3', '300'],
    ]);
  });

  test('names of any kind, and targets by template', async (pair) => {
    const { source, target } = pair;
    // MySQL's catalogue refuses 4-byte characters in names, so they are left to TiDB's own tests.
    const names = ['select', 'a b', 'a.b', 'a`b', "a'b", 'a"b', 'ünï', 'a%_b', 'x'.repeat(60)];
    for (const name of names) {
      const quoted = `\`${name.replaceAll('`', '``')}\``;
      await source.run(
        `CREATE TABLE ${quoted} (${quoted} INT PRIMARY KEY, \`order by\` VARCHAR(10))`,
        `INSERT INTO ${quoted} VALUES (1, 'one'), (2, NULL)`,
      );
    }
    const config = { target: { table: 'c_{table}' }, parallel: 2 };
    await pair.sync(config);
    await pair.sync(config);
    for (const name of names) {
      const rows = await target.run(`SELECT * FROM \`c_${name.replaceAll('`', '``')}\` ORDER BY 1`);
      assert.deepEqual(rows, [
        ['1', 'one'],
        ['2', null],
      ]);
    }
  });

  test('a column that was added at the source between runs is added at the target', async (pair) => {
    for (const write of ['overwrite', 'upsert'] as const) {
      const config = { write, target: { table: `${write}_{table}` } };
      await pair.source.run('DROP TABLE IF EXISTS people');
      await people(pair.source);
      await pair.sync(config);
      await pair.source.run('ALTER TABLE people ADD city VARCHAR(20)', "UPDATE people SET city = 'Oslo' WHERE id = 1");
      await pair.sync(config);
      const columns = 'id, name, mail, note, age, city';
      assert.deepEqual(
        await rowsOf(pair.target, `${write}_people`, columns),
        await rowsOf(pair.source, 'people', columns),
      );
    }
  });

  test('a type that grew is widened; one that shrank is refused, and says what to do', async (pair) => {
    const { source, target } = pair;
    await source.run(
      'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10), n SMALLINT)',
      "INSERT INTO t VALUES (1, 'a', 1)",
    );
    await pair.sync({ write: 'upsert' });
    await source.run(
      'ALTER TABLE t MODIFY v VARCHAR(100), MODIFY n BIGINT',
      "INSERT INTO t VALUES (2, REPEAT('b', 50), 5000000000)",
    );
    await pair.sync({ write: 'upsert' });
    assert.deepEqual(await rowsOf(target, 't'), await rowsOf(source, 't'));
    await source.run(
      'DELETE FROM t',
      'ALTER TABLE t MODIFY v VARCHAR(5), MODIFY n TINYINT',
      "INSERT INTO t VALUES (3, 'c', 3)",
    );
    const { finished } = await pair.attempt({ write: 'upsert' });
    // A target that holds more than is sent is no reason to stop; were it one, nothing may have been done.
    if (finished.status === 'ok') assert.deepEqual(await rowsOf(target, 't'), await rowsOf(source, 't'));
    else {
      assert.match(finished.error?.code ?? '', /^schema\.(refused|destructive)$/);
      assert.ok(finished.error?.fix);
      assert.equal(await target.single('SELECT COUNT(*) FROM t'), '2');
    }
  });

  test('a destructive step is done only to the tables that it was agreed to for', async (pair) => {
    const { source, target } = pair;
    await source.run(
      "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) DEFAULT '1st')",
      "INSERT INTO t VALUES (1, '1'), (2, '2')",
    );
    await pair.sync({ write: 'upsert' });
    await source.run('ALTER TABLE t MODIFY v INT DEFAULT 5', 'INSERT INTO t VALUES (3, 3)');
    for (const acceptDestructive of [undefined, [], [`${source.name}.other`]]) {
      const { finished } = await pair.attempt(
        { write: 'upsert' },
        acceptDestructive === undefined ? {} : { acceptDestructive },
      );
      assert.equal(finished.error?.code, 'schema.destructive');
      assert.match(finished.error?.fix ?? '', /--accept-destructive/);
      assert.deepEqual(await target.run('SELECT * FROM t ORDER BY id'), [
        ['1', '1'],
        ['2', '2'],
      ]);
    }
    const ran = await pair.sync({ write: 'upsert' }, { acceptDestructive: [`${source.name}.t`] });
    assert.ok(eventsOf(ran, 'action').some(({ sql }) => sql?.includes('MODIFY COLUMN')));
    assert.deepEqual(await rowsOf(target, 't'), await rowsOf(source, 't'));
    await target.run('INSERT INTO t (id) VALUES (4)');
    assert.equal(await target.single('SELECT v FROM t WHERE id = 4'), '5', 'the default is of the new type');
  });

  test('reload: one stream again in full, or only the rows of a condition', async (pair) => {
    const { source, target } = pair;
    await people(source);
    await source.run('CREATE TABLE other (id INT PRIMARY KEY)', 'INSERT INTO other VALUES (1)');
    await pair.sync();
    await target.run(
      "UPDATE people SET name = 'bad' WHERE id < 3",
      'DELETE FROM people WHERE id = 3',
      'DELETE FROM other',
    );
    const reload = async (where?: string) => {
      await using pipeline = pair.open();
      const finished = await reloadStream(pipeline, `${source.name}.people`, where, {
        run: 'reload',
        emit: () => undefined,
        drain: never,
        abort: never,
      });
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
    };
    await reload('id = 1');
    assert.deepEqual(await target.run('SELECT id, name FROM people ORDER BY id'), [
      ['1', 'Ann'],
      ['2', 'bad'],
    ]);
    await reload();
    assert.deepEqual(await rowsOf(target, 'people'), await rowsOf(source, 'people'));
    assert.equal(await target.single('SELECT COUNT(*) FROM other'), '0', 'other streams are not touched');
    await pair.sync();
    assert.deepEqual(await rowsOf(target, 'other'), await rowsOf(source, 'other'));
  });

  test('plan changes nothing, before the first run and after it', async (pair) => {
    await people(pair.source);
    const everything = async () => [
      await pair.target.run(
        "SELECT TABLE_NAME, TABLE_COMMENT, CREATE_TIME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = '{db}' ORDER BY 1",
      ),
      await pair.target.run(
        "SELECT * FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = '{db}' ORDER BY TABLE_NAME, ORDINAL_POSITION",
      ),
    ];
    const plan = async () => {
      await using pipeline = pair.open();
      return await planPipeline(pipeline, never);
    };
    const before = await everything();
    const { streams, refused } = await plan();
    assert.equal(streams.length, 1);
    assert.deepEqual(refused, []);
    assert.ok(streams[0]!.plan.actions.some(({ sql }) => sql?.startsWith('CREATE TABLE')));
    assert.deepEqual(await everything(), before);
    await pair.sync();
    const after = await everything();
    await plan();
    assert.deepEqual(await everything(), after);
  });
});

describe('what is refused, mysql to tidb', { concurrency: 2 }, () => {
  const test = (title: string, body: (pair: TestPair) => Promise<void>) =>
    it(title, () => withPair('mysql', 'tidb', body));

  test('invariant 11: a table that this pipeline did not make is left alone until it is adopted', async (pair) => {
    await people(pair.source);
    for (const write of ['overwrite', 'upsert', 'append'] as const) {
      await pair.target.run('DROP TABLE IF EXISTS people', PEOPLE, "INSERT INTO people (id, name) VALUES (9, 'mine')");
      const { finished } = await pair.attempt({ write });
      assert.equal(finished.error?.code, 'schema.refused', write);
      assert.match(finished.error?.fix ?? '', /adopt/);
      assert.deepEqual(await pair.target.run('SELECT id, name FROM people'), [['9', 'mine']], write);
    }
    await pair.sync({ adopt: true });
    assert.deepEqual(await rowsOf(pair.target, 'people'), await rowsOf(pair.source, 'people'));
  });

  test('two streams into one table, keyless upsert, and a masked key', async (pair) => {
    const { source } = pair;
    await people(source);
    await source.run('CREATE TABLE log (line TEXT)');
    const code = async (config: Parameters<TestPair['attempt']>[0]) =>
      (await pair.attempt(config)).finished.error?.code;
    assert.equal(await code({ target: { table: 'one' } }), 'config.target-clash');
    assert.equal(await code({ streams: [`${source.name}.log`], write: 'upsert' }), 'config.mode-illegal');
    assert.equal(await code({ streams: [`${source.name}.people`], mask: ['id'] }), 'config.invalid');
    assert.equal(await code({ streams: ['nowhere.*'] }), 'source.stream-missing');
    assert.deepEqual(await pair.target.run('SHOW TABLES'), []);
  });

  test('a hashed key: rows arrive by it, and none is taken for gone', async (pair) => {
    await people(pair.source);
    const config = { write: 'upsert' as const, hash: ['id'] };
    await pair.sync(config);
    await pair.source.run("UPDATE people SET name = 'Anna' WHERE id = 1");
    await pair.sync(config);
    assert.deepEqual(await pair.target.run('SELECT id, name FROM people ORDER BY name'), [
      [sha('1'), 'Anna'],
      [sha('2'), 'Bo'],
      [sha('3'), 'Cy'],
    ]);
  });

  test('a failed overwrite leaves the old rows to readers', async (pair) => {
    await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, g GEOMETRY)', 'INSERT INTO t (id) VALUES (1)');
    await pair.sync({ exclude_columns: ['g'] });
    const { finished } = await pair.attempt({});
    assert.equal(finished.error?.code, 'type.unsupported');
    assert.equal(finished.error?.at, `${pair.source.name}.t.g`);
    assert.deepEqual(await rowsOf(pair.target, 't'), ['["1"]']);
  });

  test('one stream that cannot go on is parked; the others finish, and it goes on when it is mended', async (pair) => {
    await people(pair.source);
    await pair.source.run('CREATE TABLE bad (id INT PRIMARY KEY)', 'INSERT INTO bad VALUES (1)');
    await pair.target.run('CREATE TABLE bad (id INT PRIMARY KEY)');
    const { finished } = await pair.attempt();
    assert.deepEqual(
      finished.streams.map(({ stream, status }) => [stream.split('.')[1], status]),
      [
        ['bad', 'parked'],
        ['people', 'done'],
      ],
    );
    assert.deepEqual(await rowsOf(pair.target, 'people'), await rowsOf(pair.source, 'people'));
    await pair.target.run('DROP TABLE bad');
    await pair.source.run("INSERT INTO people (id, name) VALUES (7, 'later')");
    await pair.sync();
    assert.deepEqual(await rowsOf(pair.target, 'people'), await rowsOf(pair.source, 'people'));
    assert.deepEqual(await rowsOf(pair.target, 'bad'), ['["1"]']);
  });

  test('a table of unknown types and one that is not there are parked; the others finish', async (pair) => {
    await people(pair.source);
    const { source, target } = pair;
    await source.run('CREATE TABLE places (id INT PRIMARY KEY, at GEOMETRY)', 'CREATE TABLE gone (id INT PRIMARY KEY)');
    const config = { streams: [`${source.name}.gone`, `${source.name}.p*`] };
    await pair.sync({ streams: [{ name: `${source.name}.places`, exclude_columns: ['at'] }, ...config.streams] });
    await source.run('DROP TABLE gone', "INSERT INTO people (id, name) VALUES (7, 'later')");
    const ran = await pair.attempt(config);
    const { finished } = ran;
    assert.deepEqual(
      finished.streams.map(({ stream, status, error }) => [stream.split('.')[1], status, error?.code]),
      [
        ['places', 'parked', 'type.unsupported'],
        ['gone', 'parked', 'source.stream-missing'],
        ['people', 'done', undefined],
      ],
    );
    assert.equal(finished.status, 'failed');
    assert.equal(finished.error?.at, `${source.name}.places.at`);
    assert.equal(eventsOf(ran, 'stream').filter(({ status }) => status === 'parked').length, 2);
    assert.deepEqual(await rowsOf(target, 'people'), await rowsOf(source, 'people'));

    await using pipeline = pair.open(config);
    const { refused, streams } = await planPipeline(pipeline, never);
    assert.deepEqual(
      [refused.map(({ code }) => code), streams.map(({ stream }) => stream)],
      [['type.unsupported', 'source.stream-missing'], [`${source.name}.people`]],
    );
    const checked = (await checkPipeline(pipeline, never)).filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      checked.map(({ code }) => code),
      ['type.unsupported', 'source.stream-missing'],
    );
    const verified = await verifyPipeline(pipeline, {}, never);
    assert.deepEqual(
      verified.streams.map(({ status }) => status),
      ['not-comparable', 'not-comparable', 'equal'],
    );

    await source.run("INSERT INTO people (id, name) VALUES (8, 'latest')", 'ALTER TABLE places DROP at');
    await pair.sync({ streams: [`${source.name}.p*`] });
    assert.deepEqual(await rowsOf(target, 'people'), await rowsOf(source, 'people'));
  });
});
