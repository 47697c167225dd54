import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { buildTable, buildView } from '../../../transforms/materialize/index.ts';
import { inPlace, never, type Place, targets } from '../adapter/target.ts';

const options = { signal: never };

async function typesOf(place: Place, identifier: string): Promise<Record<string, string>> {
  const columns = await place.session.columns(place.name(identifier));
  return Object.fromEntries(columns.map(({ name, dataType }) => [name, dataType.replace('bigint(20)', 'bigint')]));
}

async function standing(place: Place): Promise<string[]> {
  place.adapter.forget();
  const found = await place.session.relations(place.name(''));
  return found.map(({ identifier, type }) => `${identifier}: ${type}`).toSorted();
}

async function refusedWith(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (thrown) {
    assert.ok(thrown instanceof MillraceError, String(thrown));
    return thrown.code;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

for (const type of targets) {
  describe(`views and tables on ${type}`, { concurrency: 4 }, () => {
    it('a table and a view take each other’s place, again and again', () =>
      inPlace(type, async (place) => {
        for (let round = 1; round <= 3; round++) {
          const table = await buildTable(place.session, place.build('m', `SELECT ${round} AS id`), options);
          assert.equal(table.rowsAffected, 1);
          assert.deepEqual(await standing(place), ['m: table']);
          assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql('m')}`), [String(round)]);
          await buildTable(place.session, place.build('m', `SELECT ${round + 10} AS id`), options);
          assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql('m')}`), [String(round + 10)]);
          await buildView(place.session, place.build('m', `SELECT ${round + 20} AS id`), options);
          assert.deepEqual(await standing(place), ['m: view']);
          await buildView(place.session, place.build('m', `SELECT ${round + 30} AS id`), options);
          assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql('m')}`), [String(round + 30)]);
        }
      }));

    it('a build that fails leaves what was there, and the next one passes', () =>
      inPlace(type, async (place) => {
        await buildTable(place.session, place.build('m', 'SELECT 1 AS id'), options);
        const broken = place.build('m', 'SELECT 2 AS id UNION ALL SELECT nowhere FROM nothing_there');
        assert.equal(await refusedWith(buildTable(place.session, broken, options)), 'database.missing');
        const late = place.build('m', 'SELECT 1 AS id UNION ALL SELECT 1', {
          indexes: [{ columns: ['id'], unique: true }],
        });
        assert.equal(await refusedWith(buildTable(place.session, late, options)), 'row.duplicate');
        assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql('m')}`), ['1']);
        await buildTable(place.session, place.build('m', 'SELECT 3 AS id'), options);
        assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql('m')}`), ['3']);
      }));

    it('a query with a WITH, comments and a trailing comment is sent as it stands', () =>
      inPlace(type, async (place) => {
        const sql =
          '/* head */\nWITH a AS (SELECT 1 AS id), b AS (SELECT id + 1 AS id FROM a)\nSELECT id FROM a UNION ALL SELECT id FROM b -- tail';
        await buildTable(place.session, place.build('t', sql), options);
        await buildView(place.session, place.build('v', sql), options);
        for (const name of ['t', 'v']) {
          assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql(name)} ORDER BY id`), ['1', '2']);
        }
      }));

    it('what is divided is kept as the query shows it', () =>
      inPlace(type, async (place) => {
        const rows = [1, 2, -7].map((n) => `SELECT CAST(${n} AS DECIMAL(10,2)) AS n`).join(' UNION ALL ');
        const sql = `WITH r AS (${rows}) SELECT n, n / 3 AS third, n / 7 AS seventh, n / 3 / 7 AS both_ways FROM r`;
        await buildTable(place.session, place.build('m', sql), options);
        for (const column of ['n', 'third', 'seventh', 'both_ways']) {
          const asked = await place.rows(`SELECT ${column} FROM (${sql}) AS q ORDER BY n`);
          assert.deepEqual(await place.rows(`SELECT ${column} FROM ${place.sql('m')} ORDER BY n`), asked, column);
        }
      }));

    it('values of all kinds arrive as they are', () =>
      inPlace(type, async (place) => {
        const columns = [
          'CAST(99999999999999999999999999999.123456789 AS DECIMAL(38,9)) AS d',
          'CAST(9223372036854775807 AS DECIMAL(19,0)) AS i',
          "CAST('2024-02-29' AS DATE) AS day",
          "'trailing  ' AS tail",
          "'Ünïcode 😀 \"quoted\" ''once''' AS u",
          "'' AS none",
          'NULL AS nothing',
          '-0.5 AS half',
        ];
        const query = `SELECT ${columns.join(', ')}`;
        const expected = await place.rows(query);
        await buildTable(place.session, place.build('m', query), options);
        await buildView(place.session, place.build('v', query), options);
        assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql('m')}`), expected);
        assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql('v')}`), expected);
        assert.match(
          expected[0]!,
          /^Decimal\('99999999999999999999999999999\.123456789'\), .*9223372036854775807.*datetime\.date\(2024, 2, 29\), 'trailing {2}'/,
        );
      }));

    it('names of any kind, and two that differ by a suffix only', () =>
      inPlace(type, async (place) => {
        const names = ['order', 'Größe', 'a b', "it's", 'semi;colon', 'x'.repeat(63), `${'x'.repeat(63)}y`];
        for (const name of names) {
          await buildTable(
            place.session,
            place.build(name, `SELECT 1 AS ${place.adapter.names.quote('a b')}`),
            options,
          );
          await buildTable(
            place.session,
            place.build(name, `SELECT 2 AS ${place.adapter.names.quote('a b')}`),
            options,
          );
          assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql(name)}`), ['2']);
        }
        assert.equal((await standing(place)).length, names.length);
      }));

    it('sixteen builds at once of sixteen relations, and two of one that come after each other', () =>
      inPlace(type, async (place) => {
        const one = async (at: number) => {
          await using session = await place.adapter.session(never);
          await buildTable(session, place.build(`m${at}`, `SELECT ${at} AS id`), options);
        };
        await Promise.all(Array.from({ length: 16 }, (_, at) => one(at)));
        await Promise.all([one(0), one(0), one(0)]);
        for (let at = 0; at < 16; at++) {
          assert.deepEqual(await place.rows(`SELECT id FROM ${place.sql(`m${at}`)}`), [String(at)]);
        }
        assert.equal((await standing(place)).length, 16);
      }));

    it('indexes and comments', () =>
      inPlace(type, async (place) => {
        const build = place.build('m', "SELECT 1 AS id, 'x' AS name", {
          indexes: [
            { columns: ['id'], unique: true },
            { columns: ['name', 'id'], unique: false },
          ],
          comment: "it's a \\ table",
          columnComments: new Map([['id', "the 'id'"]]),
        });
        await buildTable(place.session, build, options);
        await buildTable(place.session, build, options);
        const [facts] = await place.session.facts(place.name(''));
        assert.equal(facts?.comment, "it's a \\ table");
        assert.equal(facts.columns.find(({ name }) => name === 'id')?.comment, "the 'id'");
        assert.equal(await refusedWith(place.run(`INSERT INTO ${place.sql('m')} VALUES (1, 'y')`)), 'row.duplicate');
      }));

    it('an enforced contract: its types, its order, its constraints; a row that breaks it fails the build', () =>
      inPlace(type, async (place) => {
        const contract = {
          columns: [
            { name: 'amount', dataType: 'decimal(10,2)', notNull: true, constraints: [] },
            { name: 'id', dataType: 'bigint', notNull: false, constraints: [] },
          ],
          constraints: ['primary key (id)'],
        };
        const good = place.build('m', 'SELECT 1 AS id, CAST(1.5 AS DECIMAL(10,2)) AS amount', { contract });
        await buildTable(place.session, good, options);
        assert.deepEqual(await typesOf(place, 'm'), { amount: 'decimal(10,2)', id: 'bigint' });
        const missing = place.build('m', 'SELECT 1 AS id', { contract });
        assert.equal(await refusedWith(buildTable(place.session, missing, options)), 'model.contract');
        const nullable = place.build('m', 'SELECT 2 AS id, NULL AS amount', { contract });
        assert.equal(await refusedWith(buildTable(place.session, nullable, options)), 'row.refused');
        assert.deepEqual(await place.rows(`SELECT id, amount FROM ${place.sql('m')}`), ["1, Decimal('1.50')"]);
      }));
  });
}
