/** The servers that tests may ask for, and where each one is told of in the environment. */
export type ServerKind = 'tidb' | 'mysql' | 'mariadb' | 'kafka' | 'registry' | 'python' | 'dbt';

interface KindFacts {
  /** Environment variable that names a running server; it wins over everything else. */
  readonly variable: string;
  /** Port that `up.ts` uses, so that a developer's shell need not change. */
  readonly fixedPort: number;
  /** What clients are given: for Kafka a bootstrap server, for the registry the root of Confluent's API, for Python the oracle of templates and YAML. */
  readonly url: (port: number) => string;
}

export const kinds: Readonly<Record<ServerKind, KindFacts>> = {
  tidb: {
    variable: 'MILLRACE_TEST_TIDB_URL',
    fixedPort: 14000,
    url: (port) => `mysql://root@127.0.0.1:${port}`,
  },
  mysql: {
    variable: 'MILLRACE_TEST_MYSQL_URL',
    fixedPort: 13306,
    url: (port) => `mysql://root@127.0.0.1:${port}`,
  },
  mariadb: {
    variable: 'MILLRACE_TEST_MARIADB_URL',
    fixedPort: 13307,
    url: (port) => `mysql://root@127.0.0.1:${port}`,
  },
  kafka: {
    variable: 'MILLRACE_TEST_KAFKA',
    fixedPort: 19092,
    url: (port) => `127.0.0.1:${port}`,
  },
  registry: {
    variable: 'MILLRACE_TEST_REGISTRY_URL',
    fixedPort: 18081,
    url: (port) => `http://127.0.0.1:${port}/apis/ccompat/v7`,
  },
  python: {
    variable: 'MILLRACE_TEST_PYTHON_URL',
    fixedPort: 18090,
    url: (port) => `http://127.0.0.1:${port}`,
  },
  dbt: {
    variable: 'MILLRACE_TEST_DBT_URL',
    fixedPort: 18091,
    url: (port) => `http://127.0.0.1:${port}`,
  },
};

export const allKinds = Object.keys(kinds) as readonly ServerKind[];

export function isServerKind(word: string): word is ServerKind {
  return Object.hasOwn(kinds, word);
}
