import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Column, MillraceError } from '../../../connectors/contract/index.ts';
import { fillTable } from '../../../connectors/sql/fill.ts';
import { cellText } from '../../../connectors/sql/introspect-run.ts';
import { execute, query } from '../../../connectors/sql/query.ts';
import { serverInfo } from '../../../connectors/sql/server.ts';
import type { Session } from '../../../connectors/sql/session.ts';
import { buildTable } from '../../../transforms/materialize/index.ts';
import { fc } from '../../random.ts';
import { inPool, never as neverAborted, run } from '../../sql/pool-fixture.ts';
import { select } from '../../sql/writer-fixture.ts';
import { inPlace, never, type Place, servers } from '../adapter/target.ts';

const MIB = 1024 * 1024;

const SOURCE = `CREATE TABLE src (
  id INT PRIMARY KEY, tiny TINYINT(1), small SMALLINT, big BIGINT UNSIGNED, flags BIT(9), price DECIMAL(38,9), near FLOAT, far DOUBLE,
  word VARCHAR(50), wide TEXT, narrow VARCHAR(20) CHARACTER SET latin1, raw VARBINARY(20), blobs BLOB, kind ENUM('a','b,c'), kinds SET('x','y'),
  doc JSON, day DATE, moment DATETIME(6), stamp TIMESTAMP(3) NULL, clock TIME(6), born YEAR
)`;
const ROWS = [
  `(1, 1, -32768, 18446744073709551615, b'101010101', 99999999999999999999999999999.123456789, 16777216, 0.1, 'tab\\there', 'line\\nand \\\\N', 'Größe', x'00ff0a09', x'5c4e00', 'b,c', 'x,y', '{"n": 1.10, "s": "\\\\u00e9"}', '2024-02-29', '2024-02-29 23:59:59.999999', '2024-02-29 23:59:59.999', '-838:59:59', 1901)`,
  `(2, 0, 0, 0, b'0', -0.000000001, 1.17549e-38, 1.7976931348623157e308, '', ' trailing  ', '', x'', x'', 'a', '', '[]', '0000-00-00', '0000-00-00 00:00:00', '1971-01-01 00:00:00', '00:00:00.000001', 2155)`,
  `(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
  `(4, -1, 1, 9007199254740993, b'1', 1, -3.4e38, 5e-324, '😀 \\'q\\' "d"', '\\\\', 'ÿ', x'0d0a', x'0a', 'a', 'y', '"text"', '2024-02-31', '9999-12-31 23:59:59.999999', NULL, '838:59:59', 0)`,
];

async function built(place: Place, name: string, sql: string, fill: 'statement' | 'stream') {
  const done = await buildTable(place.session, place.build(name, sql, { fill }), { signal: never });
  const columns = await place.session.columns(place.name(name));
  const rows = await place.rows(`SELECT * FROM ${place.sql(name)} ORDER BY 1`);
  return { done, types: columns.map(({ name: column, dataType }) => `${column} ${dataType}`), rows };
}

async function refusedWith(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof MillraceError, String(thrown));
  return thrown.code;
}

for (const type of servers) {
  describe(`tables that are filled by a stream on ${type}`, { concurrency: 4 }, () => {
    it('values of all types are those of the statement, and so are the columns', () =>
      inPlace(type, async (place) => {
        await place.run(
          `USE ${place.adapter.names.quote(place.schema)}`,
          SOURCE,
          `INSERT INTO src VALUES ${ROWS.join(', ')}`,
        );
        // Nothing but zero dates and 2024-02-31 needs the modes of the session.
        const whole = await built(place, 'whole', 'SELECT * FROM src', 'statement');
        const streamed = await built(place, 'streamed', 'SELECT * FROM src', 'stream');
        assert.deepEqual(streamed, whole);
        assert.equal(streamed.done.rowsAffected, ROWS.length);
      }));

    it('computed columns, a WITH, a comment at the end, names of any kind', () =>
      inPlace(type, async (place) => {
        const name = place.adapter.names.quote('a `b` "c"');
        const sql = `WITH a AS (SELECT 1 AS id UNION ALL SELECT 2)\nSELECT id, id * 0.5 AS half, NULL AS nothing, CONCAT('x', id) AS ${name} FROM a -- tail`;
        assert.deepEqual(await built(place, 's', sql, 'stream'), await built(place, 'w', sql, 'statement'));
      }));

    it('text and bytes of any kind (property)', () =>
      inPlace(type, async (place) => {
        await place.run(`USE ${place.adapter.names.quote(place.schema)}`);
        await place.run('CREATE TABLE src (id INT PRIMARY KEY, t LONGTEXT, b LONGBLOB) CHARACTER SET utf8mb4');
        const row = fc.tuple(
          fc.option(fc.string({ unit: 'binary', maxLength: 40 })),
          fc.option(fc.uint8Array({ maxLength: 40 })),
        );
        await fc.assert(
          fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
            const hex = (bytes: Uint8Array | null) =>
              bytes === null ? 'NULL' : `x'${Buffer.from(bytes).toString('hex')}'`;
            const text = (value: string | null) =>
              value === null ? 'NULL' : `CONVERT(${hex(Buffer.from(value))} USING utf8mb4)`;
            const values = rows.map(([t, b], id) => `(${id}, ${text(t)}, ${hex(b)})`);
            await place.run('DELETE FROM src', `INSERT INTO src VALUES ${values.join(', ')}`);
            const sql = 'SELECT * FROM src';
            assert.deepEqual(await built(place, 's', sql, 'stream'), await built(place, 'w', sql, 'statement'));
          }),
          { numRuns: type === 'tidb' ? 3 : 10 },
        );
      }));

    it('a duplicate, a value that does not fit and one that the query lost fail the build, and the old table stays', () =>
      inPlace(type, async (place) => {
        await built(place, 'm', 'SELECT 7 AS id', 'stream');
        const unique = { indexes: [{ columns: ['id'], unique: true }], fill: 'stream' } as const;
        const twice = place.build('m', 'SELECT 1 AS id UNION ALL SELECT 1', unique);
        assert.equal(await refusedWith(buildTable(place.session, twice, { signal: never })), 'row.duplicate');
        const column = { name: 'id', dataType: 'tinyint', notNull: true, constraints: [] };
        const tight = place.build('m', 'SELECT 300 AS id', {
          contract: { columns: [column], constraints: [] },
          fill: 'stream',
        });
        assert.equal(await refusedWith(buildTable(place.session, tight, { signal: never })), 'row.refused');
        const lost = place.build('m', "SELECT CAST('1.7' AS SIGNED) AS id", { fill: 'stream' });
        assert.equal(await refusedWith(buildTable(place.session, lost, { signal: never })), 'model.lossy');
        const broken = place.build('m', 'SELECT (SELECT 1 UNION ALL SELECT 2) AS id', { fill: 'stream' });
        await assert.rejects(buildTable(place.session, broken, { signal: never }));
        assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql('m')}`), ['7']);
        assert.deepEqual((await built(place, 'm', 'SELECT 8 AS id', 'stream')).rows, ['8']);
      }));

    it('more sessions stream at once than there are connections to spare', () =>
      inPlace(type, async (place) => {
        const one = async (at: number) => {
          await using session = await place.adapter.session(never);
          const build = place.build(`m${at}`, `SELECT ${at} AS id UNION ALL SELECT ${at}`, { fill: 'stream' });
          return (await buildTable(session, build, { signal: never })).rowsAffected;
        };
        assert.deepEqual(await Promise.all(Array.from({ length: 8 }, (_, at) => one(at))), Array(8).fill(2));
      }));
  });
}

/** 2^16 rows of half a kilobyte. */
const DIGITS =
  'SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL SELECT 11 UNION ALL SELECT 12 UNION ALL SELECT 13 UNION ALL SELECT 14 UNION ALL SELECT 15';
const LARGE = `WITH n AS (${DIGITS}) SELECT a.d * 4096 + b.d * 256 + c.d * 16 + e.d AS id, REPEAT(CHAR(65 + a.d), 500) AS v FROM n a, n b, n c, n e`;

/** What a query of LARGE is filled into. */
const COLUMNS: Column[] = [
  { name: 'id', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: true },
  { name: 'v', type: { kind: 'text' }, nullable: true },
];

for (const type of ['mysql', 'mariadb'] as const)
  it(`a connection of ${type} that is lost before its commit takes no row with it, and none comes twice`, () =>
    inPool(type, async (pool, db) => {
      await run(pool, `CREATE TABLE ${db}.t (id BIGINT, v LONGTEXT)`);
      await using read = await pool.lease('read', neverAborted);
      await using other = await pool.lease('read', neverAborted);
      let opened = 0;
      const write = async () => {
        const lease = await pool.lease('write', neverAborted);
        opened += 1;
        if (opened === 1) void killLoading(other.session, lease.session.id);
        return lease;
      };
      const table = { namespace: db, name: 't' };
      const fill = { read: read.session, write, info: await serverInfo(read.session), table, columns: COLUMNS };
      assert.equal(await fillTable({ ...fill, sql: LARGE, signal: neverAborted }), 65_536);
      assert.equal(opened, 2);
      assert.deepEqual(await select(pool, `SELECT COUNT(*), COUNT(DISTINCT id) FROM ${db}.t`), [['65536', '65536']]);
    }));

/** Ends a connection as soon as it is seen to load. */
async function killLoading(session: Session, id: number): Promise<void> {
  for (let tries = 0; tries < 10_000; tries++) {
    const rows = await query(session, `SELECT info FROM information_schema.processlist WHERE id = ${id}`);
    if (cellText(rows[0]?.[0])?.startsWith('LOAD DATA')) break;
  }
  await execute(session, `KILL ${id}`);
}

describe('tables above what TiDB takes in one transaction', () => {
  it('are built all the same, where nothing else is said; and the old one stays where it is', () =>
    inPlace('tidb', async (place) => {
      await built(place, 'm', "SELECT 1 AS id, 'old' AS v", 'statement');
      await place.run(`SET tidb_mem_quota_query = ${24 * MIB}`);
      const steps: string[] = [];
      const onStep = (name: string) => void steps.push(name);
      const whole = place.build('m', LARGE, { fill: 'statement' });
      assert.equal(await refusedWith(buildTable(place.session, whole, { signal: never, onStep })), 'load.too-large');
      assert.ok(!steps.includes('stream'));
      assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql('m')}`), ["1, 'old'"]);
      const done = await buildTable(place.session, place.build('m', LARGE), { signal: never, onStep });
      assert.ok(steps.includes('stream'));
      assert.equal(done.rowsAffected, 65_536);
      await place.run('SET tidb_mem_quota_query = DEFAULT');
      const sums = `SELECT COUNT(*), COUNT(DISTINCT id), SUM(id), SUM(LENGTH(v)), MIN(v = REPEAT(CHAR(65 + (id DIV 4096)), 500)) FROM ${place.sql('m')}`;
      assert.deepEqual(await place.rows(sums), ["65536, 65536, Decimal('2147450880'), Decimal('32768000'), 1"]);
    }));

  it('are cut into smaller transactions where even those are too large', () =>
    inPool('tidb', async (pool, db) => {
      await run(pool, `CREATE TABLE ${db}.t (id BIGINT, v LONGTEXT)`);
      await using read = await pool.lease('read', neverAborted);
      const write = async () => {
        const lease = await pool.lease('write', neverAborted);
        await execute(lease.session, `SET tidb_mem_quota_query = ${12 * MIB}`);
        return lease;
      };
      await using whole = await write();
      await assert.rejects(execute(whole.session, `INSERT INTO ${db}.t ${LARGE}`), { code: 'load.too-large' });
      const rows = await fillTable({
        read: read.session,
        write,
        info: await serverInfo(read.session),
        table: { namespace: db, name: 't' },
        columns: COLUMNS,
        sql: LARGE,
        signal: neverAborted,
      });
      assert.equal(rows, 65_536);
      assert.deepEqual(await select(pool, `SELECT COUNT(*), COUNT(DISTINCT id), SUM(LENGTH(v)) FROM ${db}.t`), [
        ['65536', '65536', '32768000'],
      ]);
    }));

  it('a build that is stopped while it streams leaves the old table, and the next one begins anew', () =>
    inPlace('tidb', async (place) => {
      await built(place, 'm', "SELECT 1 AS id, 'old' AS v", 'stream');
      const stop = new AbortController();
      await using session = await place.adapter.session(stop.signal);
      const onStep = (name: string) => void (name === 'stream' && stop.abort(new Error('stopped')));
      const build = place.build('m', LARGE, { fill: 'stream' });
      await assert.rejects(buildTable(session, build, { signal: stop.signal, onStep }), /stopped/);
      assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql('m')}`), ["1, 'old'"]);
      assert.equal((await buildTable(place.session, build, { signal: never })).rowsAffected, 65_536);
    }));
});
