import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSeed, type SeedBuild } from '../../../transforms/materialize/index.ts';
import { inPlace, never, type Place, targets } from '../adapter/target.ts';

const options = { signal: never };

function seed(place: Place, source: string, types: Record<string, string> = {}): SeedBuild {
  return { relation: place.name('s'), source, delimiter: ',', columnTypes: new Map(Object.entries(types)) };
}

for (const type of targets) {
  describe(`seeds on ${type}`, { concurrency: 4 }, () => {
    it('values and types are exact', () =>
      inPlace(type, async (place) => {
        const source = [
          'id,price,day,at,ok,name,nothing',
          '9007199254740993,19.99,2024-02-29,2024-01-01T10:00:00.123456,true,"it\'s a \\ ""tab\t"" 😀",',
          '-1,123456789012345678901.5,0001-01-01,9999-12-31T23:59:59,false, spaces ,null',
        ].join('\n');
        assert.equal((await buildSeed(place.session, seed(place, source), options)).rowsAffected, 2);
        const falseAndTrue = type === 'duckdb' ? ['False', 'True'] : ['0', '1'];
        assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql('s')} ORDER BY id`), [
          `-1, Decimal('123456789012345678901.50'), datetime.date(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59), ${falseAndTrue[0]}, ' spaces ', None`,
          `9007199254740993, Decimal('19.99'), datetime.date(2024, 2, 29), datetime.datetime(2024, 1, 1, 10, 0, 0, 123456), ${falseAndTrue[1]}, 'it\\'s a \\\\ "tab\\t" 😀', None`,
        ]);
      }));

    it('a seed with other columns takes the place of the old one; ten thousand rows in several statements', () =>
      inPlace(type, async (place) => {
        await buildSeed(place.session, seed(place, 'a\n1\n'), options);
        const rows = Array.from({ length: 10_000 }, (_, at) => `${at},${'x'.repeat(100)}`).join('\n');
        const built = await buildSeed(place.session, seed(place, `id,text\n${rows}\n`), options);
        assert.equal(built.rowsAffected, 10_000);
        assert.deepEqual(await place.rows(`SELECT COUNT(*), MIN(id), MAX(id) FROM ${place.sql('s')}`), [
          '10000, 0, 9999',
        ]);
        await buildSeed(place.session, seed(place, 'empty\n'), options);
        assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql('s')}`), []);
      }));

    it('declared types hold; a value that one would round is refused', () =>
      inPlace(type, async (place) => {
        const types = { zip: 'varchar', amount: 'decimal(10,2)', flag: 'boolean', at: 'timestamp', big: 'bigint' };
        const source = 'zip,amount,flag,at,big\n01234,1.50,TRUE,2024-01-01 10:00:00.5,12\n,,,,\n';
        await buildSeed(place.session, seed(place, source, types), options);
        const truth = type === 'duckdb' ? 'True' : '1';
        assert.deepEqual(await place.rows(`SELECT * FROM ${place.sql('s')} WHERE zip IS NOT NULL`), [
          `'01234', Decimal('1.50'), ${truth}, datetime.datetime(2024, 1, 1, 10, 0, 0, 500000), 12`,
        ]);
        const rounding = seed(place, 'zip,amount\n1,1.505\n', types);
        await assert.rejects(buildSeed(place.session, rounding, options), {
          code: 'model.seed',
          message: /row 1 of amount/,
        });
        const wrong = seed(place, 'zip,amount\n1,abc\n', types);
        await assert.rejects(buildSeed(place.session, wrong, options));
        assert.deepEqual(await place.rows(`SELECT COUNT(*) FROM ${place.sql('s')}`), ['2']);
      }));
  });
}
