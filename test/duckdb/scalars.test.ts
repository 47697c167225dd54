import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDate, parseTime } from '../../connectors/duckdb/calendar.ts';
import { parseDigits, unscaled } from '../../connectors/duckdb/digits.ts';
import { DuckFile } from '../../connectors/duckdb/file.ts';
import { isJson } from '../../connectors/duckdb/json-text.ts';
import { fc } from '../random.ts';

const around = (text: string) => Buffer.from(`<${text}>`, 'utf8');
const json = (text: string) => isJson(around(text), 1, Buffer.byteLength(text) + 1);

test('decimals of any length are taken apart exactly', () => {
  const digits = fc.stringMatching(/^[0-9]{1,40}$/);
  fc.assert(
    fc.property(fc.constantFrom('', '-', '+'), digits, fc.option(digits), (sign, whole, fraction) => {
      const text = `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`;
      assert.ok(parseDigits(around(text), 1, text.length + 1));
      const expected = BigInt(whole + (fraction ?? '')) * (sign === '-' ? -1n : 1n);
      assert.equal(BigInt(unscaled(fraction?.length ?? 0)!), expected);
      assert.ok(parseDigits(around(text), 1, text.length + 1));
      const less = unscaled((fraction?.length ?? 0) + 3);
      assert.equal(BigInt(less!), expected * 1000n);
    }),
  );
  for (const text of ['', '-', '.', '1.2.3', '1e5', ' 1', '1 ', '--1'])
    assert.ok(!parseDigits(around(text), 1, text.length + 1), text);
  assert.ok(parseDigits(around('1.25'), 1, 5));
  assert.equal(unscaled(1), undefined);
});

test('days of the calendar are those of Date, and nothing else is a day', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const text = date.toISOString().slice(0, 10);
      assert.equal(parseDate(around(text), 1, 11), Math.floor(date.getTime() / 86_400_000));
    }),
  );
  for (const text of ['0000-01-01', '2024-13-01', '2024-04-31', '2024-1-01', '2100-02-29', '2024/01/01']) {
    assert.ok(Number.isNaN(parseDate(around(text), 1, text.length + 1)), text);
  }
  assert.equal(parseTime(around('23:59:59.5'), 1, 11), 86_399_500_000);
  for (const text of ['24:00:01', '-1:00:00', '100:00:00', '10:60:00', '10:00:00.', '10:00:00.1234567']) {
    assert.ok(Number.isNaN(parseTime(around(text), 1, text.length + 1)), text);
  }
});

test('what passes for JSON is JSON to JSON.parse and to DuckDB, and the reverse but for lone surrogates', async () => {
  await using file = new DuckFile({ path: ':memory:', access: 'write', memory: '256MB' }, 'source');
  await using session = await file.session();
  const texts = new Set<string>([
    '',
    ' ',
    '{}',
    '[1,]',
    '{"a" :1 }',
    '-0',
    '1e400',
    '"\\u0000"',
    '"\t"',
    'nul',
    '[1 2]',
    '{"a":1 "b":2}',
    '\ufeff1',
    '"\\ud83d"',
  ]);
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', ']', '\\', '0', '\u0001', ' '),
      (text, at, more) => {
        texts.add(text);
        texts.add(text.slice(0, at % (text.length + 1)) + more + text.slice(at % (text.length + 1)));
      },
    ),
    { numRuns: 300 },
  );
  for (const text of texts) {
    let parsed = true;
    try {
      JSON.parse(text);
    } catch {
      parsed = false;
    }
    const lone = /\\ud[89a-f]/i.test(text);
    assert.ok(json(text) === parsed || (lone && !json(text)), JSON.stringify(text));
    if (!json(text)) continue;
    const [[valid]] = (await session.rows('SELECT json_valid($1)::VARCHAR', [text])) as [[string]];
    assert.equal(valid, 'true', JSON.stringify(text));
  }
});
