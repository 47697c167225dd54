import { Document } from 'yaml';
import type { Options } from '../command.ts';
import { isSecretName } from '../output/secret.ts';
import { urlPipelineId } from './identity.ts';
import type { Connection } from './project.ts';
import { urlConnection, urlTables } from './url.ts';

/** A new project: the text of its file, and the variables that it refers to with their values. */
export interface Draft {
  readonly yaml: string;
  readonly secrets: Readonly<Record<string, string>>;
}

const HEAD =
  ' yaml-language-server: $schema=.millrace/schema.json\n Secrets are references: their variables are read from the environment or from .env beside this file.';

/** A project with one pipeline between two URLs. What a connection has by default is left out; secrets become references. */
export function draftProject(folder: string, from: URL, to: URL, options: Options, cwd: string): Draft {
  const source = urlConnection(from, cwd);
  const secrets: Record<string, string> = {};
  const { exclude, read, write, cursor } = options;
  const destination = urlConnection(to, cwd);
  const streams = urlTables(source, options);
  const pipeline = {
    from: 'source',
    to: 'destination',
    // What was moved between these URLs goes on under the project.
    id: urlPipelineId([source.name, destination.name], streams),
    streams,
    exclude,
    read,
    write,
    cursor,
  };
  const document = new Document({
    version: 1,
    name: folder.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9_]+/, '') || 'project',
    connections: {
      source: entry(source, 'SOURCE', secrets),
      destination: entry(destination, 'DESTINATION', secrets),
    },
    pipelines: { main: Object.fromEntries(Object.entries(pipeline).filter(([, value]) => value !== undefined)) },
  });
  document.commentBefore = HEAD;
  return { yaml: document.toString({ lineWidth: 0 }), secrets };
}

function entry({ connector, config }: Connection, prefix: string, secrets: Record<string, string>): object {
  const defaults = connector.config.safeParse({ type: config.type });
  const plain: Record<string, unknown> = defaults.success ? { ...defaults.data } : {};
  const fields = Object.entries(config).flatMap(([name, value]): [string, unknown][] => {
    if (typeof value === 'string' && isSecretName(name)) {
      const variable = `${prefix}_${name.toUpperCase()}`;
      secrets[variable] = value;
      return [[name, `\${${variable}}`]];
    }
    const byDefault = name !== 'type' && JSON.stringify(plain[name]) === JSON.stringify(value);
    return byDefault ? [] : [[name, escapeReference(value)]];
  });
  return Object.fromEntries(fields);
}

function escapeReference(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('${', '$${') : value;
}
