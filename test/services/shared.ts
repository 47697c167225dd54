import { kinds, type ServerKind } from './kind.ts';

/**
 * The URL of the server that the tests of a run share; for Kafka host:port. Each test makes what it needs
 * there under a name of its own, and drops it.
 * @throws Error that says how to run, where the environment does not name the server
 */
export function sharedUrl(kind: ServerKind): string {
  const { variable, url, fixedPort } = kinds[kind];
  const value = process.env[variable];
  if (value) return value;
  throw new Error(
    `${variable} is not set. Run this test by \`npm test -- FILE\`, which starts ${kind}, ` +
      `or start one by \`node test/services/up.ts ${kind}\` and set ${variable}=${url(fixedPort)}.`,
  );
}
