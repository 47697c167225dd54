import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Connector, millraceError } from '../../connectors/contract/index.ts';
import { connectors, findConnector } from '../../connectors/registry.ts';
import { isSecretName, rememberSecret } from '../output/secret.ts';
import { loadEnvironment } from './environment.ts';
import { missingVariables, parsePart } from './part.ts';
import { type Problem, problemsError } from './problem.ts';
import { type ProjectFile, placeOf, readProjectFile } from './project-file.ts';
import { type PipelineEntry, type ProjectConfig, projectConfig } from './schema.ts';
import { suggestion } from './suggestion.ts';
import { type Complaint, valueAt } from './validation.ts';

export const PROJECT_FILE = 'millrace.yaml';

export interface Connection {
  readonly name: string;
  readonly connector: Connector;
  readonly config: { type: string };
}

/** A project as read, every connection and pipeline valid. */
export interface Project {
  readonly name: string;
  readonly file: ProjectFile;
  readonly folder: string;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly pipelines: ReadonlyMap<string, PipelineEntry>;
  /** The file's path from the working folder, for messages. */
  readonly shown: string;
  /** References to variables that are not set. They are errors only where their part of the file is used. */
  readonly unset: readonly Complaint[];
}

/** Throws `config.invalid` where a variable below one of the paths is not set. */
export function requireVariables({ file, shown, unset }: Project, paths: readonly (readonly string[])[]): void {
  const needed = unset.filter(({ path }) => paths.some((above) => above.every((step, i) => path[i] === step)));
  if (needed.length > 0)
    throw problemsError(
      shown,
      needed.map((complaint) => located(file, complaint)),
    );
}

/** The project file that is meant: the given file or the one in the given folder, else the nearest at or above `cwd`. */
export function findProjectFile(cwd: string, given: string | undefined): string | undefined {
  if (given !== undefined) return givenFile(resolve(cwd, given));
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, PROJECT_FILE);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function givenFile(path: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, PROJECT_FILE) : path;
  if (existsSync(file)) return file;
  throw millraceError('config.invalid', `there is no project file ${file}`, {
    fix: 'Run `millrace init` to make one.',
  });
}

/** Reads a project. Throws `config.invalid` with all problems of the file at once, each with its line. */
export function loadProject(path: string, cwd: string, env: NodeJS.ProcessEnv): Project {
  const folder = dirname(path);
  loadEnvironment(folder, env);
  const shown = relative(cwd, path) || basename(path);
  const file = readProjectFile(path, shown, env);
  const raw: unknown = file.document.toJS() ?? {};
  const { value, found } = parsePart(file, projectConfig, raw, []);
  const connections = new Map<string, Connection>();
  const unset = missingVariables(file);
  const problems = value === undefined ? [...found, ...unset] : [...found];
  for (const [name, entry] of Object.entries(record(valueAt(raw, ['connections'])))) {
    const connection = parseConnection(file, name, entry, problems);
    if (connection !== undefined) connections.set(name, connection);
  }
  problems.push(...unknownConnections(raw));
  if (problems.length > 0)
    throw problemsError(
      shown,
      problems.map((complaint) => located(file, complaint)),
    );
  const { name, pipelines } = value as ProjectConfig;
  return { name, file, shown, folder, connections, pipelines: new Map(Object.entries(pipelines)), unset };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function located(file: ProjectFile, complaint: Complaint): Problem {
  return { ...complaint, ...placeOf(file, complaint.path) };
}

function parseConnection(file: ProjectFile, name: string, raw: unknown, problems: Complaint[]): Connection | undefined {
  const path = ['connections', name];
  const type = valueAt(raw, ['type']);
  if (typeof type !== 'string') return undefined;
  const connector = findConnector(type);
  if (connector === undefined) {
    const known = connectors.map((each) => each.type);
    const message = `there is no connector "${type}"${suggestion(type, known)} Known: ${known.join(', ')}`;
    problems.push({ path: [...path, 'type'], message });
    return undefined;
  }
  rememberSecrets(raw);
  const { value, found } = parsePart(file, connector.config, raw, path);
  problems.push(...found);
  return value === undefined ? undefined : { name, connector, config: value };
}

function rememberSecrets(raw: unknown): void {
  for (const [name, value] of Object.entries(record(raw))) {
    if (typeof value === 'string' && isSecretName(name)) rememberSecret(value);
  }
}

/** Looks at the file as it is, so that it says all at once whatever else is wrong. */
function unknownConnections(raw: unknown): Complaint[] {
  const known = Object.keys(record(valueAt(raw, ['connections'])));
  return Object.entries(record(valueAt(raw, ['pipelines']))).flatMap(([name, pipeline]) =>
    (['from', 'via', 'to'] as const).flatMap((side) => {
      const connection = valueAt(pipeline, [side]);
      if (typeof connection !== 'string' || known.includes(connection)) return [];
      const message = `there is no connection "${connection}"${suggestion(connection, known)}`;
      return [{ path: ['pipelines', name, side], message }];
    }),
  );
}
