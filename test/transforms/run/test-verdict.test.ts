import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { type TestRow, type TestRules, testQuery, verdictOf } from '../../../transforms/run/test-verdict.ts';

const rules: TestRules = { severity: 'error', warnIf: '!= 0', errorIf: '> 10', warnError: false };

function row(failures: unknown, shouldWarn: unknown, shouldError: unknown): TestRow {
  return { failures, shouldWarn, shouldError };
}

test('a test fails, warns or passes by severity and thresholds, whatever the database answers conditions with', () => {
  const cases: readonly (readonly [TestRow, Partial<TestRules>, string, string | null, number])[] = [
    [row(0, 0, 0), {}, 'pass', null, 0],
    [row(0n, false, false), {}, 'pass', null, 0],
    [row(12, 1, 1), {}, 'fail', 'Got 12 results, configured to fail if > 10', 12],
    [row(12n, true, true), { severity: 'ERROR' }, 'fail', 'Got 12 results, configured to fail if > 10', 12],
    [row('12', '1', '1'), { severity: 'warn' }, 'warn', 'Got 12 results, configured to warn if != 0', 12],
    [row(1, 1n, 0n), {}, 'warn', 'Got 1 result, configured to warn if != 0', 1],
    [row(1, 1, 0), { warnError: true }, 'fail', 'Got 1 result, configured to fail if != 0', 1],
    [row(3, 0, 0), {}, 'pass', null, 0],
    [row(3, null, null), {}, 'pass', null, 0],
  ];
  for (const [given, changed, status, message, failures] of cases)
    assert.deepEqual(verdictOf(given, { ...rules, ...changed }), { status, message, failures });
});

test('failures that are no whole number are an error, not a pass', () => {
  for (const failures of [null, '1.5', 'many', Number.NaN]) {
    assert.throws(
      () => verdictOf(row(failures, 0, 0), rules),
      (error) =>
        error instanceof MillraceError &&
        error.code === 'model.invalid' &&
        error.message.includes(String(failures ?? 'NULL')),
    );
  }
});

test('the query of a test holds its rows apart from a comment at their end', () => {
  const parts = { failCalc: 'count(*)', warnIf: '!= 0', errorIf: '!= 0' };
  assert.equal(
    testQuery('select 1 -- one', parts),
    'select\n  count(*) as failures,\n  count(*) != 0 as should_warn,\n  count(*) != 0 as should_error\nfrom (\nselect 1 -- one\n) dbt_internal_test',
  );
});
