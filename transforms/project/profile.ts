import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type MillraceError, millraceError } from '../../connectors/contract/index.ts';
import { Entry } from './entry.ts';
import type { Places } from './places.ts';
import type { Problems } from './problems.ts';
import { type RenderScope, renderText, renderValue, yamlContext } from './rendering.ts';
import { isMap, type ValueMap } from './value.ts';
import { readYamlFile } from './yaml-file.ts';

/** A connection as `profiles.yml` writes it, for one of the databases that are served. */
export interface Profile {
  readonly name: string;
  readonly target: string;
  readonly type: ProfileType;
  readonly schema: string;
  readonly threads: number;
  /** Rendered; holds secrets. */
  readonly fields: ValueMap;
  /** What templates see as `target`: without secrets (invariant 10). */
  readonly values: ValueMap;
  readonly path: string;
}

export const profileTypes = ['tidb', 'mysql', 'mysql5', 'mariadb', 'duckdb'] as const;
export type ProfileType = (typeof profileTypes)[number];

export interface ProfileRequest {
  readonly root: string;
  /** The name in dbt_project.yml, or the one of `--profile`. */
  readonly profile: string;
  /** Of `--target`; else the profile's own, else `default`. */
  readonly target?: string;
  /** Of `--threads`; else what the target says. */
  readonly threads?: number;
  /** Of `--profiles-dir`: no other folder is looked in. */
  readonly folder?: string;
  readonly home: string;
}

const SECRETS = new Set([
  'password',
  'pass',
  'token',
  'motherduck_token',
  'ssl_key',
  'secrets',
  'attach',
  'settings',
  'plugins',
]);
const FILE = 'profiles.yml';

/** The folder that is named: no other counts then. */
export function namedFolder({ folder }: ProfileRequest, env: RenderScope['env']): string | undefined {
  const named = folder ?? (env.DBT_PROFILES_DIR || undefined);
  return named === undefined ? undefined : resolve(named);
}

/** The folders in which `profiles.yml` is looked for, in order: the first that has one counts. */
export function profileFolders(request: ProfileRequest, env: RenderScope['env']): string[] {
  const named = namedFolder(request, env);
  return named === undefined ? [request.root, join(request.home, '.dbt')] : [named];
}

interface ProfileFile {
  readonly profiles: ValueMap;
  readonly places: Places;
}

function readFile(request: ProfileRequest, env: RenderScope['env']): ProfileFile | undefined {
  const folder = profileFolders(request, env).find((candidate) => existsSync(join(candidate, FILE)));
  if (folder === undefined) return undefined;
  const path = join(folder, FILE);
  const { value, places } = readYamlFile(path, path);
  return { profiles: isMap(value) ? value : new Map(), places };
}

/** Why there is no such profile. */
export function missingProfile(request: ProfileRequest, env: RenderScope['env']): MillraceError {
  const file = readFile(request, env);
  const { profile } = request;
  if (file === undefined) {
    return failed(
      `there is no ${FILE} in ${profileFolders(request, env).join(' or ')}`,
      FILE,
      `Add one with the profile, or a millrace.yaml with a connection to build in:\n\n${stanza(profile)}`,
    );
  }
  const known = [...file.profiles.keys()].filter((name) => name !== 'config').map(String);
  return failed(`there is no profile "${profile}"`, file.places.path, `Use one of ${known.join(', ')}, or add it.`);
}

/**
 * @returns undefined where there is no such profile
 * @throws MillraceError `project.profile`, or `project.yaml` of the file
 */
export function readProfile(request: ProfileRequest, scope: RenderScope, problems: Problems): Profile | undefined {
  const file = readFile(request, scope.env);
  const profile = file?.profiles.get(request.profile);
  if (file === undefined || !isMap(profile)) return undefined;
  const { places } = file;
  const context = yamlContext({ ...scope, secrets: true });
  const render = (text: string, at: string) => renderText(text, context, scope.renderer, at);
  const written = profile.get('target');
  const own = typeof written === 'string' ? String(render(written, places.at(profile, 'target'))) : 'default';
  const target = request.target ?? own;
  const outputs = profile.get('outputs');
  const output = isMap(outputs) ? outputs.get(target) : undefined;
  if (!isMap(output)) {
    const known = isMap(outputs) ? [...outputs.keys()].map(String) : [];
    throw failed(
      `the profile "${request.profile}" has no target "${target}"`,
      places.at(profile, 'outputs'),
      `Use one of ${known.join(', ')}.`,
    );
  }
  // Only the target that is used is rendered: another one's variables need not be set.
  const fields = renderValue(output, places, render, () => true) as ValueMap;
  return profileOf(request, target, new Entry(fields, places, problems));
}

function profileOf({ profile: name, threads: asked }: ProfileRequest, target: string, entry: Entry): Profile {
  const type = typeOf(entry, name, target);
  const schema = entry.text('schema') ?? (type === 'duckdb' ? 'main' : entry.text('database'));
  if (schema === undefined)
    throw failed(`the target "${target}" has no \`schema\``, entry.at(), 'Name the database to build in as `schema`.');
  const threads = asked ?? entry.get('threads') ?? 1;
  if (typeof threads !== 'number' || threads < 1) {
    throw failed(
      `\`threads\` of the target "${target}" is no number from 1 up`,
      entry.at('threads'),
      'Set a whole number.',
    );
  }
  return {
    name,
    target,
    type,
    schema,
    threads,
    fields: entry.map,
    values: visibleFields(entry.map, { name, target, schema, threads }),
    path: entry.places.path,
  };
}

function typeOf(entry: Entry, profile: string, target: string): ProfileType {
  const written = entry.text('type');
  const type = profileTypes.find((known) => known === written);
  if (type !== undefined) return type;
  throw failed(
    `the target "${target}" of "${profile}" is of the type ${written ?? '(none)'}, which is not served: ${profileTypes.join(', ')} are`,
    entry.at('type'),
    `Add a target to the profile, as:\n\n${stanza(profile)}`,
  );
}

/** A target to start from. */
function stanza(profile: string): string {
  const lines = [
    'type: tidb',
    'server: "{{ env_var(\'TIDB_HOST\') }}"',
    'port: 4000',
    'username: "{{ env_var(\'TIDB_USER\') }}"',
  ];
  const all = [...lines, 'password: "{{ env_var(\'TIDB_PASSWORD\') }}"', 'schema: analytics', 'threads: 4'];
  return [`${profile}:`, '  outputs:', '    tidb:', ...all.map((line) => `      ${line}`)].join('\n');
}

/** What templates may see of a target's fields. */
export function visibleFields(
  fields: ValueMap,
  { name, target, schema, threads }: Pick<Profile, 'name' | 'target' | 'schema' | 'threads'>,
): ValueMap {
  const values: ValueMap = new Map([...fields].filter(([key]) => !SECRETS.has(String(key))));
  for (const [key, value] of Object.entries({ profile_name: name, target_name: target, name: target, schema, threads }))
    values.set(key, value);
  return values;
}

function failed(message: string, at: string, fix: string): MillraceError {
  return millraceError('project.profile', message, { at, fix });
}
