import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSeed } from '../../../transforms/materialize/seed.ts';
import { parseCsv } from '../../../transforms/project/csv.ts';
import { fc } from '../../random.ts';

const relation = { database: null, schema: 's', identifier: 'seed' };

function read(source: string, columnTypes: Record<string, string> = {}, delimiter = ','): string[] {
  const columns = readSeed({ relation, source, delimiter, columnTypes: new Map(Object.entries(columnTypes)) }, 'tidb');
  return columns.map(({ name, type, cells }) => `${name} ${type.kind} ${JSON.stringify(cells)}`);
}

describe('reading seeds', () => {
  // What agate 1.9 gives by way of dbt-common 1.39's `from_csv`; numbers and moments are ours, which are exact.
  const cases: Record<string, string[]> = {
    'a,b\n1,2\n\n3,4\n': ['a integer ["1",null,"3"]', 'b integer ["2",null,"4"]'],
    'a,b\n1\n': ['a integer ["1"]', 'b integer [null]'],
    'a,b\n"x"y,z"q"\n': ['a text ["xy"]', 'b text ["z\\"q\\""]'],
    'a,b\n"1,000",12%\n$5,1e5\n': ['a integer ["1000","5"]', 'b integer ["12","100000"]'],
    'a\n \nnull\nNULL\n': ['a integer [null,null,null]'],
    'a\nx\n \nNull\n': ['a text ["x",null,null]'],
    'a\ntrue\nFalse\n': ['a boolean ["1","0"]'],
    'a\n1\ntrue\n': ['a text ["1","true"]'],
    'a\n2024-1-5\n': ['a date ["2024-01-05"]'],
    'a\n2024-02-30\n': ['a text ["2024-02-30"]'],
    'a\n2024-01-05 10:00:00\n': ['a datetime ["2024-01-05 10:00:00"]'],
    'a\n2024-01-05T10:00:00Z\n': ['a datetime ["2024-01-05 10:00:00"]'],
    'a\n2024-01-05T01:00:00.5+02:00\n': ['a datetime ["2024-01-04 23:00:00.5"]'],
    'a\n2024-01-05 10:00:00.5\n': ['a text ["2024-01-05 10:00:00.5"]'],
    'a\n2024-01-05T10:00\n': ['a datetime ["2024-01-05 10:00:00"]'],
    'a\n20240105T100000\n': ['a datetime ["2024-01-05 10:00:00"]'],
    'a,a\n1,2\n': ['a integer ["1"]', 'a_2 integer ["2"]'],
    'a,\n1,2\n': ['a integer ["1"]', 'b integer ["2"]'],
    'a,b\n': ['a integer []', 'b integer []'],
    'a\n"x\r\ny"\n': ['a text ["x\\ny"]'],
    'a\n 1 \n': ['a integer ["1"]'],
    'a\n x \n': ['a text [" x "]'],
    'a\n01\n+1\n1_000\n': ['a integer ["1","1","1000"]'],
    'a\n-$5\n--5\n': ['a integer ["-5","5"]'],
    'a\n5-\n': ['a text ["5-"]'],
    'a\n.5\n5.\n': ['a decimal ["0.5","5"]'],
    'a\n2024-01-01\n2024-01-01 00:00:00\n': ['a text ["2024-01-01","2024-01-01 00:00:00"]'],
    'a b,"c""d"\n1,2\n': ['a b integer ["1"]', 'c"d integer ["2"]'],
    'a\n0x10\n': ['a text ["0x10"]'],
    'a\n€5\n5€\n': ['a integer ["5","5"]'],
    'a\n"unclosed\n': ['a text ["unclosed\\n"]'],
    '\u{feff}a\n1': ['a integer ["1"]'],
  };
  for (const [source, expected] of Object.entries(cases)) {
    it(JSON.stringify(source), () => assert.deepEqual(read(source), expected));
  }

  it('numbers keep every digit: BIGINT, DECIMAL, and text where neither holds them', () => {
    assert.deepEqual(read('a\n9223372036854775807\n-9223372036854775808\n'), [
      'a integer ["9223372036854775807","-9223372036854775808"]',
    ]);
    assert.deepEqual(read('a\n9223372036854775808\n'), ['a decimal ["9223372036854775808"]']);
    assert.deepEqual(read(`a\n0.${'1'.repeat(30)}\n`), [`a decimal ["0.${'1'.repeat(30)}"]`]);
    assert.deepEqual(read(`a\n0.${'1'.repeat(31)}\n`), [`a text ["0.${'1'.repeat(31)}"]`]);
    assert.deepEqual(read('a\nnan\n'), ['a text ["nan"]']);
    assert.deepEqual(read('a\n1e-3\n12.50\n'), ['a decimal ["0.001","12.50"]']);
  });

  it('a column with a declared type is text', () => {
    assert.deepEqual(read('zip,n\n01234,1\n', { zip: 'char(5)' }), ['zip text ["01234"]', 'n integer ["1"]']);
  });

  it('what is no table is refused', () => {
    assert.throws(() => read('a,b\n1,2,3\n'), { code: 'model.seed', message: /row 1 has 3 values/ });
    assert.throws(() => read(''), { code: 'model.seed' });
    assert.throws(() => read('a\n1\n', {}, '||'), { code: 'model.seed' });
  });

  it('what is written as CSV is read again, whatever stands in it', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', ';') });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1 }), (rows) => {
        const text = rows.map((row) => row.map(quoted).join(',')).join('\n');
        assert.deepEqual(parseCsv(text, ','), rows);
      }),
    );
  });
});
