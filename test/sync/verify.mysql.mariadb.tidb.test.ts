import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { mysqlConnector } from '../../connectors/mysql/index.ts';
import { diffTables, newTally } from '../../connectors/sync/diff.ts';
import { type PipelineConfig, verifyPipeline } from '../../connectors/sync/index.ts';
import type { Pipeline } from '../../connectors/sync/pipeline.ts';
import { tidbConnector } from '../../connectors/tidb/index.ts';
import { sharedUrl } from '../services/shared.ts';
import { openSide, type Server, type ServerSide, signal } from '../sql/comparer-side.ts';

const emit = () => undefined;

/** A pipeline between the databases of two sides. */
function pipelineOf(source: ServerSide, destination: ServerSide, config: PipelineConfig): Pipeline & AsyncDisposable {
  const id = randomUUID();
  const context = { emit, pipeline: id, pipelineName: 'test' };
  const ours = sourceOf(source.server, context);
  const theirs = destinationOf(destination.server, context);
  return {
    id,
    name: 'test',
    config: { target: { database: destination.database }, ...config },
    source: ours,
    destination: theirs,
    [Symbol.asyncDispose]: async () => {
      await ours[Symbol.asyncDispose]();
      await theirs[Symbol.asyncDispose]();
    },
  };
}

type Context = { emit: () => undefined; pipeline: string; pipelineName: string };

function sourceOf(server: Server, context: Context) {
  const url = new URL(sharedUrl(server));
  if (server === 'tidb') return tidbConnector.source!(tidbConnector.fromUrl(url), context);
  return mysqlConnector.source!(mysqlConnector.fromUrl(url), context);
}

function destinationOf(server: Server, context: Context) {
  const url = new URL(sharedUrl(server));
  if (server === 'tidb') return tidbConnector.destination!(tidbConnector.fromUrl(url), context);
  return mysqlConnector.destination!(mysqlConnector.fromUrl(url), context);
}

/** The same statements on both sides. */
async function both(sides: readonly ServerSide[], ...statements: readonly string[]): Promise<void> {
  for (const side of sides) for (const sql of statements) await side.run(sql);
}

/** `count` rows (i, 'name i', i / 100, a moment), in few statements. */
async function fill(side: ServerSide, table: string, count: number): Promise<void> {
  await side.run('CREATE TABLE {db}.digits (n INT)');
  await side.run('INSERT INTO {db}.digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)');
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'];
  const i = `${a}.n + 10 * ${b}.n + 100 * ${c}.n + 1000 * ${d}.n + 10000 * ${e}.n`;
  const from = [a, b, c, d, e].map((name) => `{db}.digits ${name}`).join(', ');
  for (let at = 0; at < count; at += 100_000) {
    const n = `(${at} + ${i})`;
    await side.run(
      `INSERT INTO {db}.${table} SELECT ${n}, CONCAT('name ', ${n}), ${n} / 100, DATE_ADD('2024-01-01 00:00:00.5', INTERVAL ${n} SECOND) FROM ${from} WHERE ${n} < ${count}`,
    );
  }
}

const settled = { settleSeconds: 0.2 };

for (const [from, to] of [
  ['mysql', 'tidb'],
  ['mariadb', 'mysql'],
  ['tidb', 'mariadb'],
] as const) {
  test(`${from} to ${to}: rows that differ are shown with the values of both sides`, async () => {
    await using source = await openSide(from);
    await using destination = await openSide(to);
    await both(
      [source, destination],
      'CREATE TABLE {db}.t (id BIGINT NOT NULL PRIMARY KEY, v VARCHAR(20), f DOUBLE, b VARBINARY(4))',
      "INSERT INTO {db}.t VALUES (1, 'a', 0.5, x'00'), (2, 'b', 12.25, NULL), (3, 'c', -1e-7, x'')",
      'CREATE TABLE {db}.same (a VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL, b DATE NOT NULL, PRIMARY KEY (a, b))',
      "INSERT INTO {db}.same VALUES ('x', '2024-01-01'), ('X ', '2024-01-02')",
    );
    await destination.run("UPDATE {db}.t SET v = 'B', f = 12.5 WHERE id = 2");
    await destination.run('DELETE FROM {db}.t WHERE id = 3');
    await destination.run("INSERT INTO {db}.t VALUES (4, NULL, 1e300, x'ff')");
    await using pipeline = pipelineOf(source, destination, { streams: [`${source.database}.*`] });
    const { streams, equal } = await verifyPipeline(pipeline, settled, signal);
    assert.equal(equal, false);
    const [same, t] = streams;
    assert.deepEqual(same, {
      stream: `${source.database}.same`,
      table: `${destination.database}.same`,
      status: 'equal',
      rows: { source: 2, destination: 2 },
      differences: { onlySource: 0, onlyDestination: 0, different: 0, inMotion: 0 },
      more: false,
      samples: [],
      leftOut: [],
      partial: [],
    });
    assert.equal(t!.status, 'different');
    assert.deepEqual(t!.rows, { source: 3, destination: 3 });
    assert.deepEqual(t!.differences, { onlySource: 1, onlyDestination: 1, different: 1, inMotion: 0 });
    assert.deepEqual(
      t!.samples.toSorted((a, b) => (a.key.id! < b.key.id! ? -1 : 1)),
      [
        {
          kind: 'different',
          key: { id: '2' },
          columns: [
            { name: 'id', source: '2', destination: '2', differs: false },
            { name: 'v', source: 'b', destination: 'B', differs: true },
            { name: 'f', source: '12.25', destination: '12.5', differs: true },
            { name: 'b', source: null, destination: null, differs: false },
          ],
        },
        {
          kind: 'only-source',
          key: { id: '3' },
          columns: [
            { name: 'id', source: '3', differs: true },
            { name: 'v', source: 'c', differs: true },
            { name: 'f', source: '-1e-7', differs: true },
            { name: 'b', source: '', differs: true },
          ],
        },
        {
          kind: 'only-destination',
          key: { id: '4' },
          columns: [
            { name: 'id', destination: '4', differs: true },
            { name: 'v', destination: null, differs: true },
            { name: 'f', destination: '1e+300', differs: true },
            { name: 'b', destination: 'FF', differs: true },
          ],
        },
      ],
    );
  });
}

test('only what a stream is meant to carry is compared, and what was left out is said', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  await source.run('CREATE TABLE {db}.people (id INT PRIMARY KEY, mail VARCHAR(50), note TEXT, age INT)');
  await source.run("INSERT INTO {db}.people VALUES (1, 'a@x', 'n', 30), (2, 'b@x', 'm', 40), (3, 'c@x', 'l', 5)");
  await destination.run(
    'CREATE TABLE {db}.people (shard VARCHAR(20) NOT NULL, id INT NOT NULL, mail VARCHAR(64), age INT, extra INT, _millrace_deleted_at DATETIME(6), PRIMARY KEY (shard, id))',
  );
  await destination.run(
    "INSERT INTO {db}.people VALUES ('one', 1, 'ffff', 30, 7, NULL), ('one', 2, 'eeee', 40, 7, NULL), ('one', 9, NULL, 99, 7, NOW()), ('two', 1, 'x', 31, 7, NULL)",
  );
  const stream = {
    name: `${source.database}.people`,
    write: 'soft_delete' as const,
    where: 'age >= 18 OR age < 0',
    hash: ['mail'],
    exclude_columns: ['note'],
    shard: { column: 'shard', value: 'one' },
  };
  await using pipeline = pipelineOf(source, destination, { streams: [stream] });
  const verify = async () => (await verifyPipeline(pipeline, settled, signal)).streams[0]!;
  const result = await verify();
  assert.equal(result.status, 'equal');
  assert.deepEqual(result.rows, { source: 2, destination: 2 });
  assert.deepEqual(result.leftOut, [
    { column: 'mail', reason: 'protected' },
    { column: 'extra', reason: 'not at the source' },
  ]);
  await destination.run("UPDATE {db}.people SET age = 41 WHERE shard = 'one' AND id = 2");
  assert.deepEqual((await verify()).differences, { onlySource: 0, onlyDestination: 0, different: 1, inMotion: 0 });
});

test('what cannot be compared is said, not passed over', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  await source.run('CREATE TABLE {db}.lost (id INT PRIMARY KEY)');
  await source.run('CREATE TABLE {db}.log (id INT PRIMARY KEY, at DATETIME)');
  await both(
    [source, destination],
    'CREATE TABLE {db}.secret (id VARCHAR(64) CHARACTER SET utf8mb4 PRIMARY KEY, v INT)',
  );
  const at = (name: string) => `${source.database}.${name}`;
  const log = { name: at('log'), read: 'incremental' as const, write: 'append' as const, cursor: 'at' };
  await using pipeline = pipelineOf(source, destination, {
    streams: [at('lost'), log, { name: at('secret'), hash: ['id'] }],
  });
  const { streams, equal } = await verifyPipeline(pipeline, settled, signal);
  assert.equal(equal, false);
  const reasons = Object.fromEntries(streams.map((one) => [one.stream.split('.')[1], `${one.status}: ${one.reason}`]));
  assert.deepEqual(reasons, {
    lost: `not-comparable: ${destination.database}.lost does not exist`,
    log: 'not-comparable: read `incremental` with write `append` keeps every version of a row',
    secret: 'not-comparable: the key column id cannot be compared',
  });
});

test('rows of a table without a key are counted', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  await both([source, destination], 'CREATE TABLE {db}.t (a INT, b VARCHAR(5))');
  await source.run("INSERT INTO {db}.t VALUES (1, 'x'), (1, 'x'), (NULL, NULL), (2, 'y')");
  await destination.run("INSERT INTO {db}.t VALUES (1, 'x'), (1, 'x'), (NULL, NULL), (2, 'y')");
  await using pipeline = pipelineOf(source, destination, { streams: [`${source.database}.t`] });
  const verify = async () => (await verifyPipeline(pipeline, settled, signal)).streams[0]!;
  assert.equal((await verify()).status, 'equal');
  await destination.run("INSERT INTO {db}.t VALUES (1, 'x'), (NULL, NULL)");
  const { status, samples } = await verify();
  assert.equal(status, 'different');
  assert.deepEqual(samples.map(({ kind, key }) => `${kind} ${key.a}`).sort(), ['repeated 1', 'repeated null']);
});

test('documents that MySQL and TiDB write in their own ways are compared by what they say', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  const documents = [
    { ours: '{"b": 1e100, "aa": 2, "c": 1.0}', theirs: '{"aa": 2, "c": 1, "b": 1e100}' },
    { ours: '{"status": "open", "n": 1}', theirs: '{"status": "done", "n": 1}' },
    { ours: '[1, [2, 3]]', theirs: '[1, [3, 2]]' },
    { ours: '{"a": 1, "b": 2}', theirs: '{"a": 2, "b": 1}' },
    { ours: '9007199254740993', theirs: '9007199254740992' },
    { ours: '{"a": "1"}', theirs: '{"a": "1"}' },
    { ours: '"1"', theirs: '1' },
    { ours: '["object", ["a", 1]]', theirs: '{"a": 1}' },
  ];
  await both([source, destination], 'CREATE TABLE {db}.t (k VARCHAR(10) PRIMARY KEY, v INT, j JSON)');
  for (const [i, { ours, theirs }] of documents.entries()) {
    await source.run(`INSERT INTO {db}.t VALUES ('k${i}', 1, '${ours}')`);
    await destination.run(`INSERT INTO {db}.t VALUES ('k${i}', 1, '${theirs}')`);
  }
  await both([source, destination], "INSERT INTO {db}.t VALUES ('k8', 1, NULL)");
  await destination.run("UPDATE {db}.t SET v = 2 WHERE k = 'k5'");
  await using pipeline = pipelineOf(source, destination, { streams: [`${source.database}.t`] });
  const [result] = (await verifyPipeline(pipeline, settled, signal)).streams;
  const found = result!.samples.map(({ key, columns }) => {
    const unequal = columns.filter(({ differs }) => differs).map(({ name }) => name);
    return `${key.k} ${unequal}`;
  });
  assert.deepEqual(found.sort(), ['k1 j', 'k2 j', 'k3 j', 'k4 j', 'k5 v', 'k6 j', 'k7 j']);
  assert.deepEqual([result!.partial, result!.differences.different], [[], 7]);
  const shown = result!.samples.find(({ key }) => key.k === 'k1')!.columns.find(({ name }) => name === 'j')!;
  assert.deepEqual([shown.source, shown.destination], ['{"n": 1, "status": "open"}', '{"n": 1, "status": "done"}']);
});

test('vectors of MySQL and TiDB are compared by their numbers', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  await both([source, destination], 'CREATE TABLE {db}.t (id INT PRIMARY KEY, v VECTOR(3))');
  await source.run("INSERT INTO {db}.t VALUES (1, TO_VECTOR('[1,0.1,-3e38]')), (2, TO_VECTOR('[1,2,3]')), (3, NULL)");
  await destination.run("INSERT INTO {db}.t VALUES (1, '[1,0.1,-3e38]'), (2, '[1,2,3.0000002]'), (3, NULL)");
  await using pipeline = pipelineOf(source, destination, { streams: [`${source.database}.t`] });
  const { streams } = await verifyPipeline(pipeline, settled, signal);
  assert.deepEqual(
    streams[0]!.samples.map(({ key }) => key),
    [{ id: '2' }],
  );
});

test('documents in a table without a key are compared too', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  await both([source, destination], 'CREATE TABLE {db}.t (v INT, j JSON)');
  await source.run(`INSERT INTO {db}.t VALUES (1, '{"b": 1, "aa": 2}'), (1, '[1]'), (NULL, '[]')`);
  await destination.run(`INSERT INTO {db}.t VALUES (1, '[1]'), (1, '{"aa": 2, "b": 1}'), (NULL, '[]')`);
  await using pipeline = pipelineOf(source, destination, { streams: [`${source.database}.t`] });
  const verify = async () => (await verifyPipeline(pipeline, settled, signal)).streams[0]!;
  assert.equal((await verify()).status, 'equal');
  await destination.run(`UPDATE {db}.t SET j = '[2]' WHERE v IS NULL`);
  assert.deepEqual(
    (await verify()).samples.map(({ kind, key }) => [kind, key]),
    [['different', { v: null }]],
  );
});

test('three differences among 200,000 rows are found by reading few of them', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  const columns = '(id BIGINT NOT NULL PRIMARY KEY, v VARCHAR(50), d DECIMAL(12,4), m DATETIME(6))';
  await both([source, destination], `CREATE TABLE {db}.t ${columns}`);
  await Promise.all([fill(source, 't', 200_000), fill(destination, 't', 200_000)]);
  await destination.run('UPDATE {db}.t SET d = d + 0.0001 WHERE id = 77');
  await destination.run('DELETE FROM {db}.t WHERE id = 123456');
  await source.run("UPDATE {db}.t SET v = CONCAT(v, ' ') WHERE id = 199999");
  const table = await source.compare('t', ['id']);
  const sides = [
    { comparer: source.comparer, table },
    { comparer: destination.comparer, table: { ...table, stream: destination.table('t') } },
  ] as const;
  const tally = newTally();
  const found = [];
  for await (const { kind, key } of diffTables(...sides, signal, tally)) found.push(`${kind} ${key}`);
  assert.deepEqual(found.sort(), ['different 199999', 'different 77', 'only-source 123456']);
  assert.deepEqual([tally.sourceRows, tally.destinationRows], [200_000, 199_999]);
  assert.ok(tally.rowsRead <= 2 * 3 * 2_048, `${tally.rowsRead} rows read`);
  assert.ok(tally.questions <= 10, `${tally.questions} questions`);
});

test('a source on the move: what arrives is no difference, what does not is one, what never rests is in motion', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('tidb');
  await both(
    [source, destination],
    'CREATE TABLE {db}.t (id INT PRIMARY KEY, n INT NOT NULL)',
    'INSERT INTO {db}.t VALUES (1, 0), (2, 0), (3, 0), (4, 0)',
  );
  await source.run('UPDATE {db}.t SET n = 5 WHERE id = 2');
  await source.run('UPDATE {db}.t SET n = 7 WHERE id = 3');
  const stop = new AbortController();
  const restless = (async () => {
    while (!stop.signal.aborted) {
      await source.run('UPDATE {db}.t SET n = n + 1 WHERE id = 1');
      await pause(20);
    }
  })();
  const late = pause(700).then(() => destination.run('UPDATE {db}.t SET n = 7 WHERE id = 3'));
  await using pipeline = pipelineOf(source, destination, { streams: [`${source.database}.t`] });
  const { streams } = await verifyPipeline(pipeline, { settleSeconds: 1.5 }, signal).finally(() => stop.abort());
  await Promise.all([restless, late]);
  const [{ status, differences, samples }] = streams as [(typeof streams)[number]];
  assert.equal(status, 'different');
  assert.deepEqual(differences, { onlySource: 0, onlyDestination: 0, different: 1, inMotion: 1 });
  assert.deepEqual(
    samples.map(({ key }) => key),
    [{ id: '2' }],
  );
});

test('a table in which everything differs ends the comparison early, and says that there may be more', async () => {
  await using source = await openSide('mysql');
  await using destination = await openSide('mariadb');
  await both(
    [source, destination],
    'CREATE TABLE {db}.t (id BIGINT NOT NULL PRIMARY KEY, v VARCHAR(50), d DECIMAL(12,4), m DATETIME(6))',
  );
  await fill(source, 't', 5_000);
  await using pipeline = pipelineOf(source, destination, { streams: [`${source.database}.t`] });
  const options = { ...settled, maxDifferences: 70, samples: 3 };
  const [{ status, more, rows, differences, samples }] = (await verifyPipeline(pipeline, options, signal)).streams as [
    never,
  ];
  assert.deepEqual(
    [status, more, rows, differences, (samples as unknown[]).length],
    ['different', true, undefined, { onlySource: 70, onlyDestination: 0, different: 0, inMotion: 0 }, 3],
  );
});
