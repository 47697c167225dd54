import { type Connector, millraceError } from './contract/index.ts';
import { duckdbConnector } from './duckdb/duckdb-connector.ts';
import { csvConnector, jsonConnector, parquetConnector } from './duckdb/file-connectors.ts';
import { kafkaConnector } from './kafka/index.ts';
import { mysqlConnector } from './mysql/index.ts';
import { tidbConnector } from './tidb/index.ts';

/** Every connector, one line each. */
export const connectors: readonly Connector[] = [
  mysqlConnector,
  tidbConnector,
  duckdbConnector,
  csvConnector,
  jsonConnector,
  parquetConnector,
  kafkaConnector,
];

/** The connector of a `type` in a project file. */
export function findConnector(type: string): Connector | undefined {
  return connectors.find((connector) => connector.type === type);
}

/** The connector that a URL's scheme stands for. Throws `config.invalid`. */
export function connectorOfUrl(url: URL): Connector {
  const scheme = url.protocol.slice(0, -1);
  const found = connectors.find((connector) => connector.schemes.includes(scheme));
  if (found !== undefined) return found;
  const known = connectors.flatMap((connector) => connector.schemes).map((name) => `\`${name}:\``);
  throw millraceError('config.invalid', `no connector takes URLs that begin with \`${scheme}:\``, {
    fix: `Use one of ${known.join(', ')}.`,
  });
}
