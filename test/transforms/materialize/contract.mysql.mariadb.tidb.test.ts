import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { buildTable } from '../../../transforms/materialize/index.ts';
import { inPlace, never, type Place, targets } from '../adapter/target.ts';

const options = { signal: never };

/** A query under a contract of one column: the reason why it is refused, or undefined. */
async function refusal(place: Place, expression: string, dataType: string): Promise<string | undefined> {
  const contract = { columns: [{ name: 'c', dataType, notNull: false, constraints: [] }], constraints: [] };
  try {
    await buildTable(place.session, place.build('m', `SELECT ${expression} AS c`, { contract }), options);
    return undefined;
  } catch (thrown) {
    assert.ok(thrown instanceof MillraceError);
    assert.equal(thrown.code, 'model.contract', thrown.message);
    return /\| ([a-z ]+?) +\|$/.exec(thrown.message)?.[1];
  }
}

for (const type of targets)
  test(`on ${type} a query that its contract would change is refused before anything is built`, () =>
    inPlace(type, async (place) => {
      const big = type === 'duckdb' ? 'CAST(1 AS BIGINT)' : 'CAST(1 AS SIGNED)';
      const text = type === 'duckdb' ? 'VARCHAR(20)' : 'CHAR(20)';
      const moment =
        type === 'duckdb' ? "CAST('2026-01-31 10:00:00' AS TIMESTAMP)" : "CAST('2026-01-31 10:00:00' AS DATETIME)";
      const day = "CAST('2026-01-31' AS DATE)";
      const word = `CAST('12' AS ${text})`;
      const good: readonly (readonly [string, string])[] = [
        [big, 'bigint'], [big, 'int'], [big, 'decimal(10,2)'], [big, 'double'], ['CAST(1.5 AS DECIMAL(10,2))', 'decimal(10,2)'],
        ['CAST(1.5 AS DECIMAL(10,2))', 'double'], [word, 'varchar(100)'], [word, 'text'], [day, 'date'], [moment, 'timestamp'],
        ['1 = 1', 'boolean'], ['CAST(2 AS DECIMAL(10,0))', 'bigint'],
      ]; // biome-ignore format: a table
      for (const [expression, wanted] of good)
        assert.equal(await refusal(place, expression, wanted), undefined, `${expression} as ${wanted}`);
      const bad: readonly (readonly [string, string])[] = [
        ['CAST(1.5 AS DECIMAL(10,2))', 'bigint'], ['CAST(1.5 AS DECIMAL(10,2))', 'integer'], [word, 'bigint'], [big, 'varchar(10)'],
        [moment, 'date'], [day, 'int'], [word, 'datetime'],
      ]; // biome-ignore format: a table
      await place.run(`DROP TABLE ${place.sql('m')}`);
      place.adapter.forget();
      for (const [expression, wanted] of bad)
        assert.equal(await refusal(place, expression, wanted), 'data type mismatch', `${expression} as ${wanted}`);
      assert.equal((await place.session.standing([place.name('m')]))[0], undefined, 'nothing was built');
      const contract = {
        columns: [
          { name: 'amount', dataType: 'bigint', notNull: false, constraints: [] },
          { name: 'gone', dataType: 'bigint', notNull: false, constraints: [] },
        ],
        constraints: [],
      };
      const build = place.build('m', `SELECT ${word} AS amount, ${big} AS more`, { contract });
      await assert.rejects(buildTable(place.session, build, options), ({ message }: Error) => {
        assert.deepEqual(
          message
            .split('\n')
            .slice(1)
            .map((line) =>
              line
                .split('|')
                .slice(1, -1)
                .map((cell) => cell.trim())
                .filter((_, at) => at !== 1),
            ),
          [
            ['column_name', 'contract_type', 'mismatch_reason'],
            [...Array(3)].map((_, at) => '-'.repeat([11, 13, 21][at]!)),
            ['amount', 'bigint', 'data type mismatch'],
            ['gone', 'bigint', 'missing in definition'],
            ['more', '', 'missing in contract'],
          ],
        );
        return true;
      });
    }));
