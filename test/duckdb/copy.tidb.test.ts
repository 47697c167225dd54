import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { duckdbConnector } from '../../connectors/duckdb/duckdb-connector.ts';
import { type Pipeline, pipelineConfig, runPipeline, verifyPipeline } from '../../connectors/sync/index.ts';
import { tidbConnector } from '../../connectors/tidb/index.ts';
import { folder, never } from './fixture.ts';

const url = process.env.MILLRACE_TEST_TIDB_URL;
const context = { emit: () => undefined };

async function copy(pipeline: Pipeline) {
  const done = await runPipeline(pipeline, { run: 'test', emit: () => undefined, drain: never, abort: never });
  assert.equal(done.status, 'ok', JSON.stringify(done.error));
  const report = await verifyPipeline(pipeline, {}, never);
  assert.ok(report.equal, JSON.stringify(report));
  return done;
}

test('TiDB to DuckDB and back is equal by checksums', {
  skip: url === undefined && 'MILLRACE_TEST_TIDB_URL is not set',
}, async () => {
  using dir = folder();
  const name = `mr_${randomUUID().slice(0, 8)}`;
  const server = await createConnection({ uri: url!, multipleStatements: true });
  try {
    await server.query(
      `CREATE DATABASE ${name}; CREATE DATABASE ${name}_back; USE ${name}; SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'`,
    );
    await server.query(
      `CREATE TABLE t (a BIGINT UNSIGNED, b VARCHAR(20) COLLATE utf8mb4_bin, d DECIMAL(65,30), f FLOAT, g DOUBLE, dt DATETIME(6), ts TIMESTAMP(3) NULL,
         tm TIME(6), y YEAR, bt BIT(64), e ENUM('a,b',''), s SET('x','y'), j JSON, bl BLOB, bi BINARY(4), PRIMARY KEY (a, b))`,
    );
    await server.query(
      `INSERT INTO t VALUES
       (18446744073709551615, 'Ü😀', 99999999999999999999999999999999999.999999999999999999999999999999, 16777216, 5e-324, '9999-12-31 23:59:59.999999', '2024-01-01 10:00:00.123',
         '-838:59:59', 2155, b'1111111111111111111111111111111111111111111111111111111111111111', 'a,b', 'x,y', '{"a": [1, 2.5, "ü"]}', x'00ff27', x'01'),
       (0, '', NULL, 0.1, -0.5, '0001-01-01 00:00:00', NULL, NULL, 0, NULL, '', '', NULL, '', NULL),
       (1, 'é', -0.5, NULL, NULL, NULL, NULL, '00:00:01.5', NULL, 1, NULL, NULL, '"x"', NULL, x'')`,
    );
    const path = `${dir.path}/${name}.duckdb`;
    const file = { type: 'duckdb' as const, path, memory: '256MB' };
    const tidb = tidbConnector.fromUrl(new URL(url!));
    const [id, back] = [randomUUID(), randomUUID()];
    {
      await using source = tidbConnector.source!(tidb, context);
      await using destination = duckdbConnector.destination!(file, { ...context, pipeline: id, pipelineName: 'there' });
      await copy({ id, name: 'there', config: pipelineConfig.parse({ streams: [`${name}.t`] }), source, destination });
    }
    await using source = duckdbConnector.source!(file, context);
    const at = tidbConnector.fromUrl(new URL(`${url}/${name}_back`));
    await using destination = tidbConnector.destination!(at, { ...context, pipeline: back, pipelineName: 'back' });
    const config = pipelineConfig.parse({ streams: [{ name: `${name}.t`, target: { database: `${name}_back` } }] });
    await copy({ id: back, name: 'back', config, source, destination });
  } finally {
    await server.query(`DROP DATABASE IF EXISTS ${name}; DROP DATABASE IF EXISTS ${name}_back`);
    await server.end();
  }
});
