import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { asMillraceError, millraceError } from '../../connectors/contract/index.ts';
import type { ContextFacts } from '../../transforms/context/context-facts.ts';
// Not of the index, which brings all that runs nodes: most of what starts here only parses.
import { Engine } from '../../transforms/context/engine.ts';
import { type LoadedProject, loadProject } from '../../transforms/project/load.ts';
import type { LoadTarget } from '../../transforms/project/load-context.ts';
import { Problems } from '../../transforms/project/problems.ts';
import {
  missingProfile,
  namedFolder,
  type Profile,
  type ProfileRequest,
  readProfile,
} from '../../transforms/project/profile.ts';
import { renderText, yamlContext } from '../../transforms/project/rendering.ts';
import { isMap, type Value } from '../../transforms/project/value.ts';
import { readYaml, readYamlFile } from '../../transforms/project/yaml-file.ts';
import type { Invocation, Options } from '../command.ts';
import { loadEnvironment } from '../config/environment.ts';
import { invocationArgs } from './arguments.ts';
import { defaultsOf } from './defaults.ts';

const FILE = 'dbt_project.yml';
/** In the folder of artifacts: what need not be parsed again. */
const CACHE = 'partial_parse.millrace';

/** A project of models as the command line names it, loaded for its target; nothing is connected yet. */
export interface OpenModels {
  readonly root: string;
  readonly project: LoadedProject;
  readonly engine: Engine;
  readonly profile: Profile;
  /** What templates and artifacts call this run. */
  readonly id: string;
  readonly startedAt: Date;
  /** The folder of what is written, by its path from the root as messages show it, and whole. */
  readonly target: { readonly shown: string; readonly path: string };
  readonly args: ReadonlyMap<string, Value>;
  /** Of the command line, with what stands for those that it does not give. */
  readonly options: Options;
  readonly skipAfterFailedStart: boolean;
}

/**
 * Finds, reads and parses the project. `which` is dbt's name of the verb.
 * @throws MillraceError for the first of its problems; the others are in its message
 */
export async function openModels(
  invocation: Invocation,
  which: string,
  tell: ContextFacts['tell'],
): Promise<OpenModels> {
  const { env, cwd } = invocation.terminal;
  const root = projectFolder(invocation.options.projectDir ?? env.DBT_PROJECT_DIR, cwd);
  loadEnvironment(root, env);
  const written = readWritten(root);
  const flags = written.get('flags');
  const {
    skipAfterFailedStart,
    partialParse,
    unserved,
    options: defaults,
  } = defaultsOf(isMap(flags) ? flags : new Map(), env);
  const options = { ...defaults, ...invocation.options };
  const vars = mapOfYaml(options.vars, '--vars');
  const args = invocationArgs({ ...invocation, options }, which);
  const [id, startedAt] = [randomUUID(), new Date()];
  const engine = new Engine({ invocation: { id, startedAt, which, options: args }, tell });
  const problems = new Problems();
  const scope = { vars, env, target: new Map<Value, Value>(), renderer: engine };
  const request = {
    root,
    profile: options.profile ?? env.DBT_PROFILE ?? profileName(written, scope),
    home: env.HOME ?? homedir(),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.target === undefined && env.DBT_TARGET === undefined
      ? {}
      : { target: options.target ?? env.DBT_TARGET! }),
    ...(options.profilesDir === undefined ? {} : { folder: resolve(cwd, options.profilesDir) }),
  };
  const profile = readProfile(request, scope, problems) ?? (await ofConnections(invocation, request));
  const shown = options.targetPath ?? env.DBT_TARGET_PATH ?? 'target';
  const target = { shown, path: resolve(root, shown) };
  const kept = partialParse ? { cachePath: join(target.path, CACHE) } : {};
  const project = loadProject({ root, target: targetOf(profile), env, vars, renderer: engine, ...kept });
  for (const name of unserved) project.problems.note('project.invalid', `${name} is not served`);
  refuseProblems([...problems.errors, ...project.problems.errors]);
  return {
    root,
    project,
    engine,
    profile,
    id,
    startedAt,
    target,
    args,
    options,
    skipAfterFailedStart,
  };
}

/** What stands for a profile that no profiles.yml has. @throws MillraceError `project.profile`, `config.invalid` */
async function ofConnections(invocation: Invocation, request: ProfileRequest): Promise<Profile> {
  const { env } = invocation.terminal;
  if (namedFolder(request, env) !== undefined) throw missingProfile(request, env);
  // Brings every connector: most projects have their profile, and start without.
  const { connectionProfile } = await import('./connection-profile.ts');
  const profile = connectionProfile(invocation, request);
  if (profile === undefined) throw missingProfile(request, env);
  return profile;
}

/** The folder that is named, or the one at hand, or the next above that has a project. */
export function projectFolder(named: string | undefined, cwd: string): string {
  const begin = resolve(cwd, named ?? '.');
  for (let folder = begin; ; folder = dirname(folder)) {
    if (existsSync(join(folder, FILE))) return folder;
    if (named !== undefined || folder === dirname(folder)) break;
  }
  throw millraceError('project.missing', `there is no ${FILE} in ${begin}${named === undefined ? ' or above' : ''}`, {
    at: begin,
  });
}

/** dbt_project.yml as it stands: what has to be known before anything is rendered. */
function readWritten(root: string): Written {
  const { value, places } = readYamlFile(join(root, FILE), FILE);
  return isMap(value)
    ? { get: (key) => value.get(key), at: (key) => places.at(value, key) }
    : { get: () => undefined, at: () => FILE };
}

interface Written {
  get(key: string): Value | undefined;
  at(key: string): string;
}

function profileName(written: Written, scope: Parameters<typeof yamlContext>[0]): string {
  const profile = written.get('profile');
  if (typeof profile !== 'string') {
    throw millraceError('project.profile', `${FILE} names no \`profile\``, {
      at: FILE,
      fix: 'Name one there, or by `--profile`.',
    });
  }
  return String(renderText(profile, yamlContext(scope), scope.renderer, written.at('profile')));
}

/** An option that is a map as YAML. @throws MillraceError `project.invalid`, `project.yaml` */
export function mapOfYaml(text: string | undefined, option: string): ReadonlyMap<string, Value> {
  if (text === undefined) return new Map();
  const { value } = readYaml(text, option);
  if (isMap(value)) return new Map([...value].map(([key, entry]) => [String(key), entry]));
  if (value === null) return new Map();
  throw millraceError('project.invalid', `\`${option}\` is no map`, {
    at: option,
    fix: `Write it as ${option} '{day: 2026-01-31}'.`,
  });
}

function targetOf({ name, target, type, schema, fields, values }: Profile): LoadTarget {
  const path = fields.get('path');
  const catalog = typeof path !== 'string' || path.startsWith(':memory:') ? 'memory' : basename(path).split('.')[0]!;
  const database = type === 'duckdb' ? catalog : null;
  return { name: target, profile: name, type, schema, database, values: new Map([...values, ['database', database]]) };
}

/** One is thrown, with the rest behind its message: every problem is told, not the first alone. */
function refuseProblems(errors: readonly unknown[]): void {
  const [first, ...others] = errors.map(asMillraceError);
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const rest = others.map(({ message, at }) => `\n  ${at === undefined ? '' : `${at}: `}${message}`).join('');
  const details = { origin: first.origin, fix: first.fix, ...(first.at === undefined ? {} : { at: first.at }) };
  throw millraceError(first.code, `${first.message}; and ${others.length} more:${rest}`, details);
}
