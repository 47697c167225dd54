/** Mirrors `python-oracle.py`: how a test asks it, and what it says. */

export type OracleMode = 'strict' | 'chainable' | 'native';

export interface OracleCase {
  readonly source: string;
  readonly mode: OracleMode;
  /** Tagged JSON: what JSON lacks is an object with one key that begins with `$`. */
  readonly context?: Readonly<Record<string, unknown>>;
}

export interface OracleAnswer {
  readonly text?: string;
  readonly error?: string;
  readonly message?: string;
}

/** Where the oracle is. @throws Error outside of a test that names `python` as its server */
export function oracleUrl(): string {
  const url = process.env.MILLRACE_TEST_PYTHON_URL;
  if (url === undefined) throw new Error('MILLRACE_TEST_PYTHON_URL is not set: run this by npm test');
  return url;
}

export function askOracle(cases: readonly OracleCase[]): Promise<readonly OracleAnswer[]> {
  return ask('/render', cases) as Promise<readonly OracleAnswer[]>;
}

async function ask(path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(oracleUrl() + path, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the oracle says ${answer.status}`);
  return await answer.json();
}
