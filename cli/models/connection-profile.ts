import { resolve } from 'node:path';
import { type MillraceError, millraceError } from '../../connectors/contract/index.ts';
import type { SqlConfig } from '../../connectors/sql/config.ts';
import {
  type Profile,
  type ProfileRequest,
  type ProfileType,
  profileTypes,
  visibleFields,
} from '../../transforms/project/profile.ts';
import type { Value, ValueMap } from '../../transforms/project/value.ts';
import type { Invocation } from '../command.ts';
import { type Connection, findProjectFile, loadProject, type Project, requireVariables } from '../config/project.ts';
import { placeOf } from '../config/project-file.ts';

/** A connection says nothing of them. */
const THREADS = 4;

/**
 * The connections of the nearest millrace.yaml as the targets of a profile that no profiles.yml has. Without `--target` it is the one
 * that has the profile's name, or the only one that models can run on.
 * @returns undefined where there is no such file, or no such connection in it
 * @throws MillraceError `project.profile`, `config.invalid`
 */
export function connectionProfile({ options, terminal }: Invocation, request: ProfileRequest): Profile | undefined {
  const path = findProjectFile(request.root, options.project);
  if (path === undefined) return undefined;
  const project = loadProject(path, request.root, terminal.env);
  const usable = [...project.connections.values()].filter(({ config }) => typeOf(config.type) !== undefined);
  if (usable.length === 0) return undefined;
  const named = usable.find(({ name }) => name === (request.target ?? request.profile));
  const chosen = named ?? (request.target === undefined && usable.length === 1 ? usable[0] : undefined);
  if (chosen === undefined) throw unchosen(project, request, usable);
  requireVariables(project, [['connections', chosen.name]]);
  return profileOf(project, request, chosen);
}

function typeOf(type: string): ProfileType | undefined {
  return profileTypes.find((known) => known === type);
}

function profileOf(project: Project, request: ProfileRequest, { name: target, config }: Connection): Profile {
  const { profile: name, threads = THREADS } = request;
  const type = typeOf(config.type)!;
  const { schema, fields } = type === 'duckdb' ? duckdbFields(config, project) : sqlFields(config, project, target);
  fields.set('type', type).set('schema', schema).set('threads', threads);
  const facts = { name, target, schema, threads };
  return { ...facts, type, fields, values: visibleFields(fields, facts), path: project.shown };
}

interface Fields {
  readonly schema: string;
  readonly fields: ValueMap;
}

function duckdbFields(config: object, { folder }: Project): Fields {
  const { path, memory, threads } = config as { path: string; memory: string; threads?: number };
  const fields: ValueMap = new Map<Value, Value>([
    ['path', path.startsWith(':memory:') ? path : resolve(folder, path)],
    ['memory', memory],
  ]);
  if (threads !== undefined) fields.set('settings', new Map<Value, Value>([['threads', threads]]));
  return { schema: 'main', fields };
}

function sqlFields(config: object, project: Project, name: string): Fields {
  const { host, port, user, password, database, tls, ca, cert, key, wake_seconds } = config as SqlConfig;
  if (database === undefined) {
    throw failed(project, ['connections', name], `the connection "${name}" has no \`database\` to build in`, 'Add it.');
  }
  const file = (path: string | undefined) => (path === undefined ? undefined : resolve(project.folder, path));
  const given: [string, Value | undefined][] = [
    ['server', host],
    ['port', port],
    ['username', user],
    ['password', typeof password === 'string' ? password : new Map<Value, Value>(Object.entries(password))],
    ['tls', tls],
    ['ssl_ca', file(ca)],
    ['ssl_cert', file(cert)],
    ['ssl_key', file(key)],
    ['wake_seconds', wake_seconds],
  ];
  return {
    schema: database,
    fields: new Map(given.filter((entry): entry is [string, Value] => entry[1] !== undefined)),
  };
}

function unchosen(project: Project, { profile, target }: ProfileRequest, usable: readonly Connection[]): MillraceError {
  const known = usable.map(({ name }) => name).join(', ');
  const none = `there is no profile "${profile}" in a profiles.yml, and models can run on more than one connection`;
  const message = target === undefined ? none : `there is no connection "${target}" that models can run on`;
  return failed(project, ['connections'], message, `Choose one of ${known} by \`--target\`.`);
}

function failed({ file, shown }: Project, path: readonly string[], message: string, fix: string): MillraceError {
  const { line, col } = placeOf(file, path);
  return millraceError('project.profile', message, { at: `${shown}:${line}:${col}`, fix });
}
