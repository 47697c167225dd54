import { millraceError } from '../../connectors/contract/index.ts';

/** A row of SHOW WARNINGS. */
export interface Warning {
  readonly number: number;
  readonly text: string;
}

/**
 * Warnings by which a value was cut, rounded, clipped, or taken for another (numbers of MySQL's, MariaDB's and TiDB's error references):
 * NULL for NOT NULL, GROUP_CONCAT cut, too few or many fields, out of range, truncated, wrong value, bad characters, too long a result, no value
 * for the column, too long a text, bad argument of a function, a date out of range; on MariaDB a value that cannot be converted, and a
 * recursion that was stopped.
 */
const lossy = new Set([
  1048, 1260, 1261, 1262, 1263, 1264, 1265, 1292, 1300, 1301, 1366, 1367, 1406, 1411, 1441, 1918, 1931,
]);

/** MySQL says so of a view's text, of which it keeps a copy in three-byte characters for its catalogue only; what the view gives is right. */
const CHARACTERS = 1300;

/** Throws `model.lossy` for the first warning that tells of a changed value (invariant 2). */
export function refuseLossy(warnings: readonly Warning[], at: string, code: string): void {
  const told = warnings.filter(({ number }) => lossy.has(number) && !(number === CHARACTERS && code === 'CREATE VIEW'));
  const [found] = told;
  if (found === undefined) return;
  const more = told.length - 1;
  const rest = more > 0 ? `, and ${more} more` : '';
  throw millraceError('model.lossy', `the database changed a value: ${found.text} (${found.number})${rest}`, { at });
}
