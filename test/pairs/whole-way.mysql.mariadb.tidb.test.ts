import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type PipelineConfig, runPipeline, verifyPipeline } from '../../connectors/sync/index.ts';
import { never, openDatabase, openPipeline, type ServerName, type TestDatabase } from '../pipeline.ts';
import { type ColumnSample, columnSamples, vectorSample } from '../types/column-sample.ts';

/** DuckDB has no value for zero and partial dates. */
const isNoDate = (expression: string) => /'0000-|-00|02-31|2023-02-29/.test(expression);

type Samples = readonly (readonly [string, ColumnSample])[];

/** Every type of the type table that the server has and TiDB can hold, each with its extremes. */
function samplesOf(server: 'mysql' | 'mariadb'): Samples {
  const vector = vectorSample(server);
  return Object.entries({ ...columnSamples, ...(vector === undefined ? {} : { ve: vector }) }).filter(
    ([, { on, notTo }]) => (on?.includes(server) ?? true) && !notTo?.includes('tidb'),
  );
}

/** A table with a row for each extreme, one with NULL in all columns, and as many columns as there are samples. */
async function fill(source: TestDatabase, table: string, key: string, samples: Samples): Promise<number> {
  const columns = samples.map(([name, { type }]) => `${name} ${type}`).join(', ');
  await source.run(`CREATE TABLE ${table} (${key}, ${columns}) CHARACTER SET utf8mb4`);
  const count = Math.max(...samples.map(([, { values }]) => values.length));
  for (let id = 0; id < count; id++) {
    const values = samples.map(([, { values: each }]) => each[id % each.length]);
    await source.run(`INSERT INTO ${table} VALUES (${[id, ...values].join(', ')})`);
  }
  await source.run(`INSERT INTO ${table} (id) VALUES (${count})`);
  return count + 1;
}

const isDate = ({ type }: ColumnSample) => /^(date|timestamp)/.test(type);

/** Many types, in tables with keys of several kinds and with none. Gives the rows of each table. */
async function shop(source: TestDatabase, server: 'mysql' | 'mariadb'): Promise<Record<string, number>> {
  const all = samplesOf(server);
  await source.run(
    "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00'",
  );
  const plain = all.map(([name, sample]) => {
    const values = isDate(sample) ? sample.values.filter((value) => !isNoDate(value)) : sample.values;
    return [name, { ...sample, values }] as const;
  });
  const odd = all.filter(([, sample]) => isDate(sample) && sample.values.some(isNoDate));
  const counts = {
    every_type: await fill(
      source,
      'every_type',
      'id INT PRIMARY KEY',
      plain.filter(([, { values }]) => values.length > 0),
    ),
    odd_dates: await fill(source, 'odd_dates', 'id BIGINT UNSIGNED PRIMARY KEY', odd),
    no_key: await fill(
      source,
      'no_key',
      'id INT',
      plain.filter(([name]) => /^[bcv]/.test(name)),
    ),
  };
  await source.run(
    'CREATE TABLE named (a VARCHAR(20), id SMALLINT, place GEOMETRY, n INT AS (id + 1), PRIMARY KEY (a, id), CHECK (id > -1))',
    "INSERT INTO named (a, id, place) VALUES ('B', 1, ST_GeomFromText('POINT(1 2)', 4326)), ('a', 2, NULL), ('😀', 3, POINT(0, -0.5))",
  );
  return { ...counts, named: 3 };
}

async function copy(from: string, to: string, config: PipelineConfig) {
  await using pipeline = openPipeline({ id: randomUUID(), from, to }, config);
  const done = await runPipeline(pipeline, { run: 'test', emit: () => undefined, drain: never, abort: never });
  const report = await verifyPipeline(pipeline, {}, never);
  return { done, report };
}

describe('a database of many types goes the whole way', () => {
  for (const server of ['mysql', 'mariadb'] as const satisfies readonly ServerName[]) {
    it(`${server} to tidb to duckdb, every type at its extremes, and verify is clean`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'millrace-whole-'));
      await using source = await openDatabase(server);
      await using middle = await openDatabase('tidb');
      const counts = await shop(source, server);
      const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const first = await copy(source.url, middle.url, {
        streams: [{ name: `${source.name}.named`, take_as: { place: 'bytes' } }, `${source.name}.*`],
      });
      assert.equal(first.done.status, 'ok', JSON.stringify(first.done.error));
      assert.equal(first.done.counts.written, rows);
      assert.ok(first.report.equal, JSON.stringify(first.report));
      assert.deepEqual(
        first.report.streams.map(({ leftOut }) => leftOut),
        first.report.streams.map(() => []),
        'every column is compared',
      );
      for (const stream of first.report.streams) {
        assert.ok(
          stream.partial.every((name) => ['j', 've'].includes(name)),
          `only JSON and VECTOR are compared in part: ${stream.partial}`,
        );
      }
      const file = `duckdb:${join(folder.path, 'whole.duckdb')}`;
      const second = await copy(middle.url, file, { streams: [`${middle.name}.*`], exclude: ['*.odd_dates'] });
      assert.equal(second.done.status, 'ok', JSON.stringify(second.done.error));
      assert.equal(second.done.counts.written, rows - counts.odd_dates!);
      assert.ok(second.report.equal, JSON.stringify(second.report));
    });
  }
});
