import { millraceError } from '../../connectors/contract/index.ts';
import type { NodeStatus } from './result.ts';

/** What the query of a test gave: one row of these. */
export interface TestRow {
  readonly failures: unknown;
  readonly shouldWarn: unknown;
  readonly shouldError: unknown;
}

export interface TestRules {
  readonly severity: string;
  readonly warnIf: string;
  readonly errorIf: string;
  /** `--warn-error`: a warning is a failure. */
  readonly warnError: boolean;
}

export interface Verdict {
  readonly status: Extract<NodeStatus, 'pass' | 'warn' | 'fail'>;
  readonly message: string | null;
  readonly failures: number;
}

/** dbt's rule: an error needs `severity: error`; what does not reach it may still warn. @throws MillraceError `model.invalid` */
export function verdictOf(row: TestRow, { severity, warnIf, errorIf, warnError }: TestRules): Verdict {
  const failures = countOf(row.failures);
  const got = `Got ${failures} result${failures === 1 ? '' : 's'}, configured to`;
  if (severity.toLowerCase() === 'error' && flagOf(row.shouldError))
    return { status: 'fail', message: `${got} fail if ${errorIf}`, failures };
  if (flagOf(row.shouldWarn)) {
    if (warnError) return { status: 'fail', message: `${got} fail if ${warnIf}`, failures };
    return { status: 'warn', message: `${got} warn if ${warnIf}`, failures };
  }
  return { status: 'pass', message: null, failures: 0 };
}

function countOf(value: unknown): number {
  const count = typeof value === 'bigint' ? Number(value) : Number(String(value));
  if (value !== null && Number.isSafeInteger(count)) return count;
  const shown = value === null ? 'NULL' : String(value);
  throw millraceError('model.invalid', `the test came to ${shown} failures, which is no whole number`, {
    fix: 'Let `fail_calc` give a whole number for every table, also for an empty one: `coalesce(sum(n), 0)`.',
  });
}

/** A condition as the database answers it: a boolean, or 0 and 1 where it has none. */
function flagOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null) return false;
  return Number(String(value)) !== 0;
}

/**
 * The query that counts the failures of a test and weighs them in the database. `main` gives the rows that are wrong; it may end with a
 * comment and begin with `with`.
 */
export function testQuery(
  main: string,
  { failCalc, warnIf, errorIf }: { failCalc: string; warnIf: string; errorIf: string },
): string {
  return [
    'select',
    `  ${failCalc} as failures,`,
    `  ${failCalc} ${warnIf} as should_warn,`,
    `  ${failCalc} ${errorIf} as should_error`,
    'from (',
    main,
    ') dbt_internal_test',
  ].join('\n');
}
