import { type Connector, millraceError } from '../../connectors/contract/index.ts';
import { connectorOfUrl } from '../../connectors/registry.ts';
import { pipelineConfig } from '../../connectors/sync/config.ts';
import type { Options } from '../command.ts';
import { rememberSecret } from '../output/secret.ts';
import { urlAddress, urlPipelineId } from './identity.ts';
import { type PipelineSpec, withRunOptions } from './pipeline-spec.ts';
import type { Connection } from './project.ts';

const URL_LIKE = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/** The pipeline of two URLs and the options beside them. Throws `config.invalid`. */
export function urlPipeline(fromText: string, toText: string, options: Options, cwd: string): PipelineSpec {
  const [from, to] = [parseUrl(fromText), parseUrl(toText)];
  const [source, destination] = [urlConnection(from), urlConnection(to)];
  const streams = urlTables(source, options);
  const { exclude, read, write, cursor } = options;
  const config = pipelineConfig.parse({ streams, exclude, read, write, cursor });
  return {
    id: urlPipelineId(from, to, streams, cwd),
    name: `${urlAddress(from, cwd)} -> ${urlAddress(to, cwd)}`,
    config: withRunOptions(config, options),
    from: source,
    to: destination,
  };
}

/** The patterns of `--tables`, in the URL's database where they name none; all of that database without `--tables`. */
export function urlTables({ name, config }: Connection, { tables }: Options): string[] {
  const database = (config as { database?: string }).database;
  if (tables !== undefined) {
    return tables.map((pattern) =>
      database === undefined || pattern.includes('.') ? pattern : `${database}.${pattern}`,
    );
  }
  if (database !== undefined) return [`${database}.*`];
  if (!name.includes('//')) return ['*'];
  throw millraceError('config.invalid', `${name} names no database: say which tables`, {
    fix: "Add `--tables 'shop.*'`, or the database to the URL.",
  });
}

/** A connection from a URL. Its password is masked from here on. */
export function urlConnection(url: URL): Connection {
  const connector: Connector = connectorOfUrl(url);
  return { name: urlAddress(url, ''), connector, config: connector.fromUrl(url) };
}

export function isUrl(text: string): boolean {
  return URL_LIKE.test(text);
}

/** Throws `config.invalid` without repeating the text, which may hold a password. */
export function parseUrl(text: string): URL {
  const password = /^[^:]+:\/\/[^:/@]*:(.+)@/.exec(text)?.[1];
  if (password !== undefined) rememberSecret(password);
  const url = URL.parse(text);
  if (url === null) throw millraceError('config.invalid', `not a URL: ${text.split(':')[0]}:...`);
  if (url.password !== '') {
    rememberSecret(url.password);
    rememberSecret(decodeOr(url.password));
  }
  return url;
}

function decodeOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
