import { type Connector, millraceError } from '../../connectors/contract/index.ts';
import { connectorOfUrl } from '../../connectors/registry.ts';
import { type PipelineConfig, pipelineConfig } from '../../connectors/sync/config.ts';
import type { Options } from '../command.ts';
import { rememberSecret } from '../output/secret.ts';
import type { RelayedPipeline } from './halves.ts';
import { addressOf, urlPipelineId } from './identity.ts';
import { type PipelineSpec, withRunOptions } from './pipeline-spec.ts';
import type { Connection } from './project.ts';

const URL_LIKE = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** The pipeline of two URLs and the options beside them. Throws `config.invalid`. */
export function urlPipeline(fromText: string, toText: string, options: Options, cwd: string): PipelineSpec {
  const [from, to] = [urlConnection(parseUrl(fromText), cwd), urlConnection(parseUrl(toText), cwd)];
  const streams = urlTables(from, options);
  const id = urlPipelineId([from.name, to.name], streams);
  return { id, name: `${from.name} -> ${to.name}`, config: urlConfig(streams, options), from, to };
}

/** The pipeline of two URLs and that of the relay between them (`--via`). Throws `config.invalid`. */
export function urlRelayed(
  [fromText, viaText, toText]: readonly [string, string, string],
  options: Options,
  cwd: string,
): RelayedPipeline {
  const [from, via, to] = [
    urlConnection(parseUrl(fromText), cwd),
    urlConnection(parseUrl(viaText), cwd),
    urlConnection(parseUrl(toText), cwd),
  ];
  const streams = urlTables(from, options);
  const places = [from.name, via.name, to.name];
  return {
    idOf: (half) => urlPipelineId([...places, half], streams),
    name: places.join(' -> '),
    config: urlConfig(streams, options),
    from,
    via,
    to,
  };
}

function urlConfig(streams: readonly string[], options: Options): PipelineConfig {
  const { exclude, read, write, cursor } = options;
  return withRunOptions(pipelineConfig.parse({ streams, exclude, read, write, cursor }), options);
}

/** The patterns of `--tables`, in the URL's database where they name none; all of that database without `--tables`. */
export function urlTables({ name, config }: Connection, { tables }: Options): string[] {
  const { database, path } = config as { database?: string; path?: unknown };
  if (tables !== undefined) {
    return tables.map((pattern) =>
      database === undefined || pattern.includes('.') ? pattern : `${database}.${pattern}`,
    );
  }
  if (database !== undefined) return [`${database}.*`];
  if (path !== undefined) return ['*'];
  throw millraceError('config.invalid', `${name} names no database: say which tables`, {
    fix: "Add `--tables 'shop.*'`, or the database to the URL.",
  });
}

/** A connection from a URL, named by where it leads. */
export function urlConnection(url: URL, cwd: string): Connection {
  const connector: Connector = connectorOfUrl(url);
  const config = connector.fromUrl(url);
  return { name: addressOf(config, cwd), connector, config };
}

export function isUrl(text: string): boolean {
  return URL_LIKE.test(text);
}

/** Throws `config.invalid` without repeating the text, which may hold a password. */
export function parseUrl(text: string): URL {
  const password = /^[^:]+:\/\/[^:/@]*:(.+)@/.exec(text)?.[1];
  if (password !== undefined) rememberSecret(password);
  const url = URL.parse(text);
  if (url === null) throw unreadable(text);
  rememberPassword(url);
  // That of a registry is in a URL of its own.
  for (const value of url.searchParams.values()) {
    const inner = URL.parse(value);
    if (inner !== null) rememberPassword(inner);
  }
  return url;
}

function rememberPassword({ password }: URL): void {
  if (password === '') return;
  rememberSecret(password);
  rememberSecret(decodeOr(password));
}

function unreadable(text: string): Error {
  const scheme = text.split(':')[0];
  return millraceError('config.invalid', `not a URL: ${scheme}:...`, {
    fix: `Write it as \`${scheme}://user@host:port/database\`: a port is a number below 65536, and signs such as @ or / in a name are written as %40 or %2F.`,
  });
}

function decodeOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
