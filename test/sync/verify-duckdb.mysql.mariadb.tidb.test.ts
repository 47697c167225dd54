import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { DuckDestination } from '../../connectors/duckdb/destination.ts';
import { mysqlConnector } from '../../connectors/mysql/index.ts';
import { type Pipeline, runPipeline, verifyPipeline } from '../../connectors/sync/index.ts';
import { tidbConnector } from '../../connectors/tidb/index.ts';
import { sharedUrl } from '../services/shared.ts';
import { sampleColumns } from '../sql/comparer-sample.ts';
import { openSide, type Server, servers, signal } from '../sql/comparer-side.ts';

const emit = () => undefined;

function sourceOf(server: Server) {
  const url = new URL(sharedUrl(server));
  if (server === 'tidb') return tidbConnector.source!(tidbConnector.fromUrl(url), { emit });
  return mysqlConnector.source!(mysqlConnector.fromUrl(url), { emit });
}

for (const server of servers) {
  test(`${server} to duckdb: a copy is equal, and each type's smallest difference is seen`, async () => {
    await using side = await openSide(server);
    // A zero date has no place in DuckDB.
    const sample = sampleColumns(server, 'mariadb').filter(({ name }) => name !== 'zeroday');
    const cases = sample.flatMap(({ name, others, same = [] }) => [
      ...others.map((value) => ({ name, value, differs: true })),
      ...same.map((value) => ({ name, value, differs: false })),
    ]);
    const declared = sample.map(({ name, declared: type }) => `\`${name}\` ${type}`).join(', ');
    await side.run(`CREATE TABLE {db}.t (id INT NOT NULL PRIMARY KEY, ${declared}) CHARACTER SET utf8mb4`);
    const values = sample.map(({ value }) => value).join(', ');
    await side.run(`INSERT INTO {db}.t VALUES ${cases.map((_, id) => `(${id}, ${values})`).join(', ')}`);
    await using source = sourceOf(server);
    const id = randomUUID();
    await using destination = new DuckDestination(
      { path: `:memory:mr_${id.slice(0, 8)}`, access: 'write', memory: '256MB' },
      { pipeline: id, pipelineName: 'test' },
    );
    const pipeline: Pipeline = { id, name: 'test', config: { streams: [`${side.database}.t`] }, source, destination };
    const result = await runPipeline(pipeline, { run: 'one', emit, drain: signal, abort: signal });
    assert.deepEqual([result.status, result.error], ['ok', undefined]);
    const verify = async () =>
      (await verifyPipeline(pipeline, { settleSeconds: 0.1, samples: 1000 }, signal)).streams[0]!;
    const copied = await verify();
    assert.deepEqual([copied.status, copied.partial, copied.leftOut], ['equal', [], []]);
    assert.deepEqual(copied.rows, { source: cases.length, destination: cases.length });

    for (const [i, { name, value }] of cases.entries()) {
      await side.run(`UPDATE {db}.t SET \`${name}\` = ${value} WHERE id = ${i}`);
    }
    const { samples } = await verify();
    const found = samples.map(({ key, columns }) => {
      const unequal = columns.filter(({ differs }) => differs).map((column) => column.name);
      return `${key.id} ${unequal} ${cases[Number(key.id)]!.value}`;
    });
    const expected = cases.map(({ name, value, differs }, i) => (differs ? `${i} ${name} ${value}` : ''));
    assert.deepEqual(found.sort(), expected.filter((line) => line !== '').sort());
  });
}

test('mysql to duckdb: text keys and composite keys are compared alike', async () => {
  await using side = await openSide('mysql');
  await side.run(
    'CREATE TABLE {db}.t (a VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, b DECIMAL(12,3), c BINARY(4), v INT, PRIMARY KEY (a, b, c))',
  );
  const keys = ['B', 'a', 'C', 'd', "o'x", 'é', '😀', ''].flatMap((a) => [-1.5, 0, 2].map((b) => [a, b] as const));
  const rows = keys.map(([a, b], i) => `('${a.replace("'", "''")}', ${b}, x'0${i % 8}', ${i})`);
  await side.run(`INSERT INTO {db}.t VALUES ${rows.join(', ')}`);
  await side.run('CREATE TABLE {db}.u (b DECIMAL(12,3), c BINARY(4), m DATETIME(6), v INT, PRIMARY KEY (m, b, c))');
  const more = keys.map(([, b], i) => `(${b}, x'0${i % 8}', '2024-02-29 00:00:00' + INTERVAL ${i} HOUR, ${i})`);
  await side.run(`INSERT INTO {db}.u VALUES ${more.join(', ')}`);
  await using source = sourceOf('mysql');
  const id = randomUUID();
  await using destination = new DuckDestination(
    { path: `:memory:mr_${id.slice(0, 8)}`, access: 'write', memory: '256MB' },
    { pipeline: id, pipelineName: 'test' },
  );
  const pipeline: Pipeline = { id, name: 'test', config: { streams: [`${side.database}.*`] }, source, destination };
  const result = await runPipeline(pipeline, { run: 'one', emit, drain: signal, abort: signal });
  assert.deepEqual([result.status, result.error], ['ok', undefined]);
  const verify = () => verifyPipeline(pipeline, { settleSeconds: 0.1 }, signal);
  assert.deepEqual(
    (await verify()).streams.map(({ status, rows: counts }) => [status, counts?.destination]),
    [
      ['equal', keys.length],
      ['equal', keys.length],
    ],
  );
  await side.run("UPDATE {db}.t SET v = -1 WHERE a = '😀' AND b = 2");
  await side.run('DELETE FROM {db}.u WHERE v IN (3, 4)');
  assert.deepEqual(
    (await verify()).streams.map(({ differences }) => differences),
    [
      { onlySource: 0, onlyDestination: 0, different: 1, inMotion: 0 },
      { onlySource: 0, onlyDestination: 2, different: 0, inMotion: 0 },
    ],
  );
});
