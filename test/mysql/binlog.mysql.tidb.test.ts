import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPipeline, reloadStream } from '../../connectors/sync/index.ts';
import { withPair } from '../pairs/matrix.ts';
import { eventsOf, never, rowsOf, type TestPair } from '../pipeline.ts';
import { overriding } from '../sides.ts';
import { changeUntil, WORKLOAD_TABLES } from './workload.ts';

const cdc = { read: 'cdc' } as const;

async function assertEqual({ source, target }: TestPair, ...tables: string[]): Promise<void> {
  for (const table of tables) assert.deepEqual(await rowsOf(target, table), await rowsOf(source, table), table);
}

async function forget(pair: TestPair, table: string): Promise<void> {
  await using pipeline = pair.open(cdc);
  await pipeline.destination.reset({ namespace: pair.source.name, name: table }, never);
}

const TYPES =
  'id BIGINT UNSIGNED PRIMARY KEY, t TINYINT, m MEDIUMINT UNSIGNED, v VARCHAR(20), d DECIMAL(65,30), dt DATETIME(6), day DATE, ' +
  'ts TIMESTAMP(3) NULL, tm TIME(6), tn TIME, y YEAR, f FLOAT, db DOUBLE, bits BIT(12), e ENUM("x,y","z"), s SET("a","b c"), ' +
  'bin BINARY(4), bl BLOB, l VARCHAR(20) CHARACTER SET latin1, g VARCHAR(20) CHARACTER SET gbk, sum BIGINT AS (t + 1)';
const TYPED = 'id, t, m, v, d, dt, day, ts, tm, tn, y, f, db, bits, e, s, bin, bl, l, g';
const VALUES = [
  "-128, 16777215, 'ü 😀', -99999999999999999999999999999999999.999999999999999999999999999999, '2024-02-29 23:59:59.999999', '0000-00-00', '2024-01-01 00:00:00.001', '-838:59:58.999999', '-01:00:00', 0, 3.14, -1e300, b'101', 'x,y', 'a,b c', x'01', x'00ff', 'é€', '中文'",
  "127, 0, '', 0, '9999-12-31 00:00:00', '2024-02-00', '1970-01-01 00:00:01', '-00:00:00.000001', '838:59:59', 2155, 0.1, 0, b'0', 'z', '', x'', x'', '', ''",
  'NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL',
];

describe('changes from the log of MySQL', { concurrency: 2 }, () => {
  it('invariant 3: a row is the same by the log as by a copy', () =>
    withPair('mysql', 'tidb', async (pair) => {
      const rows = (from: number) => VALUES.map((values, i) => `(${from + i}, ${values})`).join(', ');
      await pair.source.run(
        "SET sql_mode = 'STRICT_ALL_TABLES,ALLOW_INVALID_DATES', time_zone = '+00:00'",
        `CREATE TABLE t (${TYPES})`,
        `INSERT INTO t (${TYPED}) VALUES ${rows(1)}`,
      );
      await pair.sync(cdc);
      await pair.source.run(
        `INSERT INTO t (${TYPED}) VALUES ${rows(11)}`,
        `UPDATE t SET id = 18446744073709551615 WHERE id = 1`,
      );
      const { finished } = await pair.sync(cdc);
      assert.equal(finished.counts.read, 5);
      await assertEqual(pair, 't');
    }));

  it('what is rolled back does not come, nor what did not change, and an idle run reads nothing', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
      await pair.sync(cdc);
      await pair.source.run(
        ...['START TRANSACTION', 'UPDATE t SET v = 9', 'ROLLBACK'],
        ...[
          'START TRANSACTION',
          'INSERT INTO t VALUES (3, 3)',
          'SAVEPOINT s',
          'DELETE FROM t',
          'ROLLBACK TO s',
          'COMMIT',
        ],
        'UPDATE t SET v = 1 WHERE id = 1',
      );
      const { finished } = await pair.sync(cdc);
      assert.deepEqual({ ...finished.counts }, { read: 1, written: 1, superseded: 0, alreadyApplied: 0, rejected: 0 });
      await assertEqual(pair, 't');
      const idle = await pair.sync(cdc);
      assert.equal(idle.finished.counts.read, 0);
      await pair.source.run('DELETE FROM t WHERE id = 2');
      await pair.sync(cdc);
      await assertEqual(pair, 't');
    }));

  it('soft_delete: a deleted row stays, marked', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)');
      await pair.sync({ ...cdc, write: 'soft_delete' });
      await pair.source.run('DELETE FROM t WHERE id = 2');
      await pair.sync({ ...cdc, write: 'soft_delete' });
      const marked = await pair.target.run('SELECT id, _millrace_deleted_at IS NOT NULL FROM t ORDER BY id');
      assert.deepEqual(marked, [
        ['1', '0'],
        ['2', '1'],
      ]);
    }));

  it('invariant 6: while transactions of all kinds go on, rounds of a copy and of changes end equal', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run(...WORKLOAD_TABLES);
      const stop = new AbortController();
      const writers = [1, 2].map(async (seed) => {
        await using own = await pair.source.session();
        return await changeUntil(own, stop.signal, seed).catch((thrown: { errno?: number }) => {
          // The writers meet each other: what the server rolled back is no change.
          if (thrown.errno !== 1213) throw thrown;
          return 1;
        });
      });
      for (let round = 0; round < 6; round++) {
        await pair.sync(cdc);
        if (round === 2) await pair.source.run('ALTER TABLE b ADD COLUMN extra INT DEFAULT 7');
      }
      stop.abort();
      for (const transactions of await Promise.all(writers)) assert.ok(transactions > 0);
      await pair.sync(cdc);
      await assertEqual(pair, 'a', 'b');
    }));

  it('a column that is added is added at the target; rows from before it in the log do not touch it', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
      await pair.sync(cdc);
      await pair.source.run(
        'INSERT INTO t VALUES (3, 3)',
        "ALTER TABLE t ADD COLUMN a VARCHAR(9) NOT NULL DEFAULT 'new' AFTER id",
        "UPDATE t SET a = 'set', v = 8 WHERE id = 1",
        'ALTER TABLE t ADD COLUMN b INT, MODIFY v BIGINT',
        'INSERT INTO t (id, v) VALUES (4, 4000000000)',
        'UPDATE t SET b = 5 WHERE id = 2',
      );
      const ran = await pair.sync(cdc);
      assert.equal(eventsOf(ran, 'retry').length, 0);
      await assertColumns(pair);
    }));

  it('a change of the schema in the middle of a run: the lane goes on under the new one', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
      await pair.sync(cdc);
      await pair.source.run('INSERT INTO t VALUES (2, 2)');
      let altered = false;
      // After the look at the streams, before the log is read to its end.
      const ran = await pair.sync(cdc, {
        sides: {
          source: (source) =>
            overriding(source, {
              async groups(...words) {
                const groups = await source.groups(...words);
                if (!altered) await pair.source.run('ALTER TABLE t ADD COLUMN a INT', 'INSERT INTO t VALUES (3, 3, 3)');
                altered = true;
                return groups;
              },
            }),
        },
      });
      assert.equal(eventsOf(ran, 'retry').length, 0);
      const added = eventsOf(ran, 'action').filter(({ summary }) => summary.includes('add column a'));
      assert.equal(added.length, 1);
      await assertEqual(pair, 't');
    }));

  for (const [what, sql] of [
    ['DROP COLUMN', 'ALTER TABLE t DROP COLUMN v, ADD COLUMN v INT'],
    ['RENAME COLUMN', 'ALTER TABLE t RENAME COLUMN v TO w'],
    ['a default that the server makes', 'ALTER TABLE t ADD COLUMN at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6)'],
    [
      'a default that was changed later',
      'ALTER TABLE t ADD COLUMN w INT DEFAULT 7; ALTER TABLE t ALTER w SET DEFAULT 9',
    ],
    [
      'a partition that is dropped',
      'ALTER TABLE t PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (2), PARTITION b VALUES LESS THAN (1000)); ALTER TABLE t DROP PARTITION a',
    ],
  ] as const) {
    it(`${what} stops the stream, before and after; forgotten, it is copied anew and followed on`, () =>
      withPair('mysql', 'tidb', async (pair) => {
        await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)');
        const both = { ...cdc, streams: [`${pair.source.name}.t`, `${pair.source.name}.other`] };
        await pair.source.run('CREATE TABLE other (id INT PRIMARY KEY)');
        await pair.sync(both);
        await pair.source.run('UPDATE t SET v = 5 WHERE id = 1', 'INSERT INTO other VALUES (1)', ...sql.split('; '));
        for (let again = 0; again < 2; again++) {
          const { finished } = await pair.attempt(both);
          assert.equal(finished.status, 'failed');
          assert.equal(finished.error?.code, 'cdc.not-followed', JSON.stringify(finished.error));
        }
        await forget(pair, 't');
        await pair.target.run('DROP TABLE t');
        await pair.sync(both);
        await assertEqual(pair, 't', 'other');
        await pair.source.run('INSERT INTO t (id) VALUES (77)', 'INSERT INTO other VALUES (2)');
        await pair.sync(both);
        await assertEqual(pair, 't', 'other');
      }));
  }

  it('a table that comes later is copied, and the log goes on for the others', () =>
    withPair('mysql', 'tidb', async (pair) => {
      const { name } = pair.source;
      await pair.source.run('CREATE TABLE one (id INT PRIMARY KEY)', 'CREATE TABLE two (id INT PRIMARY KEY)');
      await pair.sync({ ...cdc, streams: [`${name}.one`] });
      await pair.source.run('INSERT INTO one VALUES (1)', 'INSERT INTO two VALUES (1), (2)', 'TRUNCATE two');
      await pair.source.run('INSERT INTO two VALUES (3)');
      const ran = await pair.sync(cdc);
      assert.equal(ran.finished.counts.read, 2, 'what was copied is not sent again');
      await assertEqual(pair, 'one', 'two');
      await pair.source.run('DELETE FROM two', 'INSERT INTO one VALUES (9)');
      await pair.sync(cdc);
      await assertEqual(pair, 'one', 'two');
    }));

  it('a transaction too large for one commit is split, and that is told; a run after an end inside of it goes on there', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)');
      await pair.sync(cdc);
      const many =
        'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, 1 FROM n';
      await pair.source.run('SET cte_max_recursion_depth = 100000', `INSERT INTO t ${many}`, 'UPDATE t SET v = v + 1');
      const drain = new AbortController();
      const small = {
        sides: {
          destination: (destination: typeof pair extends never ? never : ReturnType<TestPair['open']>['destination']) =>
            overriding(destination, { can: { ...destination.can, commitRows: 6000 } }),
        },
      };
      const first = await pair.attempt(cdc, {
        ...small,
        drain: drain.signal,
        onEvent: (event) => {
          if (event.event === 'committed' && event.counts.read > 0) drain.abort();
        },
      });
      assert.equal(first.finished.status, 'stopped', JSON.stringify(first.finished.error));
      assert.ok(eventsOf(first, 'notice').some(({ code }) => code === 'transaction.split'));
      const rest = await pair.sync(cdc, small);
      assert.equal(first.finished.counts.read + rest.finished.counts.read, 40_000);
      await assertEqual(pair, 't');
    }));

  it('transactions that fit a commit are never split, wherever a batch of the log is full', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)');
      await pair.sync(cdc);
      const some = (from: number) =>
        `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${from + 2999}) SELECT i, 1 FROM n`;
      await pair.source.run('SET cte_max_recursion_depth = 100000', ...[0, 3000, 6000, 9000].map(some));
      const run = await pair.sync(cdc, {
        sides: {
          destination: (destination) => overriding(destination, { can: { ...destination.can, commitRows: 5000 } }),
        },
      });
      const reads = eventsOf(run, 'committed').map(({ counts }) => counts.read);
      assert.ok(reads.length > 1 && reads.every((rows) => rows % 3000 === 0), reads.join(', '));
      assert.ok(!eventsOf(run, 'notice').some(({ code }) => code === 'transaction.split'));
      await assertEqual(pair, 't');
    }));

  it('`large_transactions`: one too large for a commit is committed whole, or the run stops before it', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)');
      await pair.sync(cdc);
      const many =
        'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, 1 FROM n';
      await pair.source.run('SET cte_max_recursion_depth = 100000', `INSERT INTO t ${many}`, 'UPDATE t SET v = v + 1');
      const small = {
        sides: {
          destination: (destination: ReturnType<TestPair['open']>['destination']) =>
            overriding(destination, { can: { ...destination.can, commitRows: 6000 } }),
        },
      };
      const { finished } = await pair.attempt({ ...cdc, large_transactions: 'stop' }, small);
      assert.equal(finished.error?.code, 'transaction.too-large', JSON.stringify(finished));
      assert.equal(await pair.target.single('SELECT COUNT(*) FROM t'), '0');
      const drain = new AbortController();
      const whole = await pair.attempt(
        { ...cdc, large_transactions: 'whole' },
        // Told in the middle of the first transaction: that is brought to its end.
        { ...small, drain: drain.signal, onEvent: ({ event }) => event === 'progress' && drain.abort() },
      );
      assert.equal(whole.finished.error, undefined, JSON.stringify(whole.finished));
      assert.deepEqual(
        eventsOf(whole, 'committed').flatMap(({ counts }) => (counts.read === 0 ? [] : [counts.read])),
        [20_000],
      );
      assert.deepEqual(await pair.target.run('SELECT COUNT(*), MAX(v) FROM t'), [['20000', '1']]);
      assert.ok(!eventsOf(whole, 'notice').some(({ code }) => code === 'transaction.split'));
      await pair.sync(cdc);
      // Each fits, whatever comes before and behind it.
      const fitting = Array.from({ length: 5 }, () => 'UPDATE t SET v = v + 1 WHERE id <= 3000');
      await pair.source.run(...fitting);
      await pair.sync({ ...cdc, large_transactions: 'stop' }, small);
      await pair.source.run(...fitting);
      const parts = await pair.sync(cdc, small);
      assert.ok(!eventsOf(parts, 'notice').some(({ code }) => code === 'transaction.split'));
      await assertEqual(pair, 't');
    }));

  it('a reload reads one table again, and the log goes on behind it', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
      await pair.sync(cdc);
      await pair.target.run('UPDATE t SET v = 99');
      await using pipeline = pair.open(cdc);
      const options = { run: 'reload', emit: () => undefined, drain: never, abort: never };
      const finished = await reloadStream(pipeline, `${pair.source.name}.t`, undefined, options);
      assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
      await pair.source.run('INSERT INTO t VALUES (2, 2)');
      await pair.sync(cdc);
      await assertEqual(pair, 't');
    }));

  it('invariant 9: a position that the server never had is an error, whatever it is asked', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY)');
      await pair.sync(cdc);
      {
        await using pipeline = pair.open(cdc);
        const { lanes } = await pipeline.destination.positions(never);
        const position = JSON.parse(lanes.get('binlog')!.position) as { log: { gtid: string } };
        const gtid = position.log.gtid.replace(/\d+$/, '999999999');
        await pipeline.destination.setPosition('binlog', JSON.stringify({ ...position, log: { gtid } }));
      }
      const { finished } = await pair.attempt(cdc);
      assert.equal(finished.error?.code, 'source.history-lost', JSON.stringify(finished.error));
    }));

  it('what the log does not hold, or holds in a form that is not read, stops', () =>
    withPair('mysql', 'tidb', async (pair) => {
      const wrongs = [
        ["SET binlog_row_image = 'MINIMAL'", 'UPDATE t SET v = 2 WHERE id = 1', 'cdc.log-settings'],
        [
          "SET binlog_row_image = 'FULL'",
          "XA START 'x'; UPDATE t SET v = 4; XA END 'x'; XA COMMIT 'x' ONE PHASE",
          'cdc.undecodable',
        ],
      ] as const;
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)');
      await pair.sync(cdc);
      for (const [setting, change, code] of wrongs) {
        await pair.source.run(setting, ...change.split('; '));
        const { finished } = await pair.attempt(cdc);
        assert.equal(finished.error?.code, code, `${setting}: ${JSON.stringify(finished.error)}`);
        await forget(pair, 't');
        await pair.sync(cdc);
        await assertEqual(pair, 't');
      }
    }));

  it('what cannot be asked of the log is refused before anything is read', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run(
        'CREATE TABLE t (id INT PRIMARY KEY, j VARCHAR(9) CHARACTER SET utf16)',
        'CREATE TABLE k (id INT)',
        'CREATE TABLE u (id INT PRIMARY KEY)',
      );
      const codes = async (config: object, only?: string[]) =>
        (await pair.attempt({ ...cdc, ...config }, only === undefined ? {} : { only })).finished.error?.code;
      const stream = (table: string) => ({ streams: [`${pair.source.name}.${table}`] });
      assert.equal(await codes(stream('t')), 'type.unsupported');
      assert.equal(await codes({ ...stream('t'), exclude_columns: ['j'], where: 'id > 1' }), 'config.invalid');
      assert.equal(await codes(stream('k')), 'config.invalid');
      assert.equal(await codes({ ...stream('u'), write: 'append' }), 'config.invalid');
      assert.equal(
        await codes({ exclude_columns: ['j'], exclude: ['*.k'] }, [`${pair.source.name}.u`]),
        'config.invalid',
      );
    }));

  it('a table that cannot be followed is left to itself, until the log has it: then it holds back all of the log', () =>
    withPair('mysql', 'tidb', async (pair) => {
      const { source } = pair;
      await source.run(
        'CREATE TABLE a (id INT PRIMARY KEY)',
        'CREATE TABLE b (id INT PRIMARY KEY, j VARCHAR(9) CHARACTER SET utf16)',
        'CREATE TABLE f (id INT PRIMARY KEY)',
      );
      const entry = (name: string, read: 'cdc' | 'full') => ({ name: `${source.name}.${name}`, read });
      const config = { streams: [entry('f', 'full'), entry('a', 'cdc'), entry('b', 'cdc')] };
      const states = async () => {
        const { finished } = await pair.attempt(config);
        return Object.fromEntries(finished.streams.map(({ stream, status }) => [stream.split('.')[1], status]));
      };
      await source.run('INSERT INTO a VALUES (1)', 'INSERT INTO f VALUES (1)');
      assert.deepEqual(await states(), { a: 'done', b: 'parked', f: 'done' });
      await source.run('ALTER TABLE b DROP j', 'INSERT INTO a VALUES (2)', 'INSERT INTO b VALUES (1)');
      assert.deepEqual(await states(), { a: 'done', b: 'done', f: 'done' });
      await assertEqual(pair, 'a', 'b', 'f');

      await source.run('INSERT INTO b VALUES (2)', 'ALTER TABLE b ADD j VARCHAR(9) CHARACTER SET utf16');
      await source.run('INSERT INTO a VALUES (3)', 'INSERT INTO f VALUES (2)');
      assert.deepEqual(await states(), { a: 'parked', b: 'parked', f: 'done' });
      await assertEqual(pair, 'f');
      assert.deepEqual(await rowsOf(pair.target, 'a'), ['["1"]', '["2"]']);
    }));

  it('check tells of every setting of the log', () =>
    withPair('mysql', 'tidb', async (pair) => {
      await pair.source.run('CREATE TABLE t (id INT PRIMARY KEY)');
      await using pipeline = pair.open(cdc);
      const findings = await checkPipeline(pipeline, never);
      const settings = findings.filter(({ code }) => code.startsWith('binlog_') || code === 'log_bin');
      assert.deepEqual([...new Set(settings.map(({ severity }) => severity))], ['ok']);
      assert.equal(settings.length, 5);
    }));
});

/** Column order differs: one is added in the middle of the source's table, at the end of the target's. */
async function assertColumns({ source, target }: TestPair): Promise<void> {
  const columns = 'id, v, a, b';
  assert.deepEqual(await rowsOf(target, 't', columns), await rowsOf(source, 't', columns));
}
