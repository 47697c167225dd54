import { describe, it } from 'node:test';
import { openPair, type ServerName, type TestPair } from '../pipeline.ts';

/** Which databases are copied to which in every test of a mode. */
export const pairs: readonly (readonly [ServerName, ServerName])[] = [
  ['mysql', 'tidb'],
  ['tidb', 'mysql'],
  ['mariadb', 'tidb'],
  ['mysql', 'mariadb'],
];

/** Declares the tests once for each pair; each test gets databases of its own. */
export function onEveryPair(
  declare: (test: (title: string, body: (pair: TestPair) => Promise<void>) => void) => void,
): void {
  for (const [from, to] of pairs) {
    describe(`${from} to ${to}`, { concurrency: 2 }, () => {
      declare((title, body) => {
        it(title, () => withPair(from, to, body));
      });
    });
  }
}

export async function withPair(
  from: ServerName,
  to: ServerName,
  body: (pair: TestPair) => Promise<void>,
  options?: Parameters<typeof openPair>[2],
): Promise<void> {
  await using pair = await openPair(from, to, options);
  await body(pair);
}
