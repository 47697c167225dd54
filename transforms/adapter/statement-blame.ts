import { type MillraceError, millraceError } from '../../connectors/contract/index.ts';

/** How to mend a statement of a project, where the general words of the code mean nothing there. */
const FIXES: Readonly<Record<string, string>> = {
  'database.refused': 'Correct the SQL; where a compiled file is named, it holds it as it was sent.',
  'database.missing':
    'Correct the name, or make first what it names: seeds by `millrace seed`, sources by what loads them. What `ref` names is made before.',
};

/**
 * An error of the database about a statement of a project, told of where the statement was written: what the database does not take of it
 * is the project's fault. A connection that is lost is not.
 */
export function blameStatement(error: MillraceError, at: string, message = error.message): MillraceError {
  const { code, retry, origin, cause } = error;
  const own = retry === 'never' && code.startsWith('database.');
  const fix = own ? (FIXES[code] ?? error.fix) : error.fix;
  return millraceError(code, message, { origin: own ? 'model' : origin, retry, at, fix, cause });
}
