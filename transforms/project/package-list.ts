import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Entry } from './entry.ts';
import type { Problems } from './problems.ts';
import { type ProjectConfig, readProjectConfig } from './project-config.ts';
import { type RenderScope, renderText, renderValue, yamlContext } from './rendering.ts';
import { isMap, type ValueMap } from './value.ts';
import { readYamlFile } from './yaml-file.ts';

/** A package that `packages.yml` or `dependencies.yml` asks for. */
export interface PackageSpec {
  readonly kind: 'local' | 'hub' | 'git' | 'tarball' | 'private';
  /** The folder, the name on the hub, or the address. */
  readonly what: string;
  readonly entry: Entry;
  /** As it stands in the file, without what its templates come to: secrets may be among that. */
  readonly written: ValueMap;
}

/** The first that is there counts. */
export const PACKAGE_FILES = ['packages.yml', 'dependencies.yml'] as const;
const KINDS = { local: 'local', package: 'hub', git: 'git', tarball: 'tarball', private: 'private' } as const;

/** The packages that the project in a folder asks for. Templates of `dependencies.yml` are not rendered, as dbt has it. */
export function readPackageSpecs(root: string, shown: string, scope: RenderScope, problems: Problems): PackageSpec[] {
  const file = PACKAGE_FILES.find((name) => existsSync(join(root, name)));
  return file === undefined ? [] : readSpecFile(root, file, shown, scope, problems);
}

/** The same of one file: of `package-lock.yml` too. */
export function readSpecFile(
  root: string,
  file: string,
  shown: string,
  scope: RenderScope,
  problems: Problems,
): PackageSpec[] {
  const read = problems.guard(() => readYamlFile(join(root, file), shown + file));
  if (read === undefined || !isMap(read.value)) return [];
  const context = yamlContext({ ...scope, secrets: true });
  const render = (text: string, at: string) =>
    problems.guard(() => renderText(text, context, scope.renderer, at)) ?? text;
  const value = file !== 'dependencies.yml' ? renderValue(read.value, read.places, render, () => true) : read.value;
  const entries = new Entry(value as ValueMap, read.places, problems).entries('packages');
  const all = read.value.get('packages');
  const written = Array.isArray(all) ? all.filter(isMap) : [];
  return entries.flatMap((entry, index) => specOf(entry, written[index] ?? entry.map) ?? []);
}

function specOf(entry: Entry, written: ValueMap): PackageSpec | undefined {
  for (const [key, kind] of Object.entries(KINDS)) {
    const what = entry.text(key);
    if (what !== undefined) return { kind, what, entry, written };
  }
  entry.problem(
    `a package has one of ${Object.keys(KINDS)
      .map((key) => `\`${key}\``)
      .join(', ')}`,
  );
  return undefined;
}

/**
 * The project and its packages, in order of name behind it: all that are installed, and local ones from where they are.
 * A package that is asked for and not there is a problem.
 */
export function readProjects(root: string, scope: RenderScope, problems: Problems): ProjectConfig[] {
  const active = readProjectConfig(root, '', scope, problems);
  const specs = readPackageSpecs(root, '', scope, problems);
  const installed = foldersBelow(join(root, active.paths.packages));
  const locals = specs.filter(({ kind }) => kind === 'local').map(({ what }) => resolve(root, what));
  const packages = new Map<string, ProjectConfig>();
  for (const folder of [...installed, ...locals]) addPackage(folder, active, packages, scope, problems);
  checkInstalled(specs, installed, active, problems);
  return [active, ...[...packages.values()].sort((one, other) => (one.name < other.name ? -1 : 1))];
}

function addPackage(
  folder: string,
  active: ProjectConfig,
  packages: Map<string, ProjectConfig>,
  scope: RenderScope,
  problems: Problems,
): void {
  const shown = `${relative(active.root, folder)}/`;
  if (!existsSync(join(folder, 'dbt_project.yml'))) return;
  const config = problems.guard(() => readProjectConfig(folder, shown, scope, problems));
  if (config === undefined || packages.has(config.name)) return;
  if (config.name === active.name) {
    problems.add('project.package', `the package in ${shown} has the name of the project, ${config.name}`, {
      at: `${shown}dbt_project.yml`,
    });
  } else packages.set(config.name, config);
}

function checkInstalled(
  specs: readonly PackageSpec[],
  installed: readonly string[],
  active: ProjectConfig,
  problems: Problems,
): void {
  const fix = `Run \`millrace deps\`, which installs packages into ${active.paths.packages}.`;
  for (const { kind, what, entry } of specs) {
    if (kind === 'local') {
      const folder = resolve(active.root, what);
      if (existsSync(join(folder, 'dbt_project.yml'))) continue;
      problems.add('project.package', `there is no project in ${what}`, {
        at: entry.at('local'),
        fix: 'Correct the folder.',
      });
    } else if (installed.length === 0) {
      problems.add('project.package', `the package ${what} is not installed`, { at: entry.at(), fix });
    }
  }
}

function foldersBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}
