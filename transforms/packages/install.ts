import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // biome-ignore format: one import
import { dirname, join, resolve, sep } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import { type PackageSpec, readPackageSpecs, readSpecFile } from '../project/package-list.ts';
import { Problems } from '../project/problems.ts';
import { type ProjectConfig, readProjectConfig } from '../project/project-config.ts';
import type { RenderScope } from '../project/rendering.ts';
import { isMap } from '../project/value.ts';
import { readYamlFile } from '../project/yaml-file.ts';
import { fetchPackage } from './fetch.ts';
import { hashOf, LOCK_FILE, lockedOf, lockText } from './lock.ts';
import { addressOf, refusal } from './refusal.ts';
import { type Package, resolvePackages, type Take } from './resolve.ts';

export interface InstallRequest {
  readonly root: string;
  readonly scope: RenderScope;
  /** Looks anew for what the lock has. */
  readonly upgrade: boolean;
  /** Writes the lock and installs nothing. */
  readonly lockOnly: boolean;
}

export interface Installed {
  readonly packages: readonly Package[];
  readonly isLocked: boolean;
  /** Where they are; undefined where nothing was installed. */
  readonly folder: string | undefined;
}

/**
 * Installs the packages of a project: those of `package-lock.yml`, which is written first where it is missing or of other wishes. The folder
 * of packages is made beside and takes the place of the old one when it is whole.
 * @throws MillraceError `project.package`, and what is wrong with the files
 */
export async function installPackages({ root, scope, upgrade, lockOnly }: InstallRequest): Promise<Installed> {
  const project = checked((problems) => readProjectConfig(root, '', scope, problems));
  const specs = checked((problems) => readPackageSpecs(root, '', scope, problems));
  if (specs.length === 0) return { packages: [], isLocked: false, folder: undefined };
  const target = resolve(root, project.paths.packages);
  refuseFolder(target, project);
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), '.millrace-packages-'));
  try {
    const take = taking(root, work, scope);
    const hash = hashOf(specs);
    const isLocked = upgrade || lockHash(root) !== hash;
    const packages = isLocked ? await resolvePackages(specs, take, project.name) : await locked(root, scope, take);
    if (isLocked) {
      const entries = packages.map(({ spec, name, revision }) => lockedOf(spec, name, revision));
      writeFileSync(join(root, LOCK_FILE), lockText(entries, hash));
    }
    if (lockOnly) return { packages, isLocked, folder: undefined };
    place(packages, work, target);
    return { packages, isLocked, folder: project.paths.packages };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function locked(root: string, scope: RenderScope, take: Take): Promise<Package[]> {
  const specs = checked((problems) => readSpecFile(root, LOCK_FILE, '', scope, problems));
  const packages: Package[] = [];
  for (const spec of specs) packages.push(await take(spec));
  return packages;
}

function taking(root: string, work: string, scope: RenderScope): Take {
  return async (spec, others) => {
    const fetched = await fetchPackage(spec, { root, work, env: scope.env }, others);
    if (!existsSync(join(fetched.folder, 'dbt_project.yml'))) {
      throw refusal(spec, `there is no project in ${addressOf(spec)}`);
    }
    const shown = `${addressOf(spec)}/`;
    const config = checked((problems) => readProjectConfig(fetched.folder, shown, scope, problems));
    const specs = checked((problems) => readPackageSpecs(fetched.folder, shown, scope, problems));
    return { ...fetched, spec, name: nameOf(spec, config), specs };
  };
}

/** The folder's name: dbt calls an archive's package as the entry names it. */
function nameOf(spec: PackageSpec, config: ProjectConfig): string {
  if (spec.kind !== 'tarball') return config.name;
  const name = spec.entry.text('name');
  if (name !== undefined && /^[A-Za-z_]\w*$/.test(name)) return name;
  throw refusal(spec, `the package of the archive ${addressOf(spec)} has no \`name\``, {
    fix: `Write \`name: ${config.name}\` into its entry.`,
  });
}

function lockHash(root: string): string | undefined {
  const path = join(root, LOCK_FILE);
  if (!existsSync(path)) return undefined;
  const { value } = readYamlFile(path, LOCK_FILE);
  const hash = isMap(value) ? value.get('sha1_hash') : undefined;
  return typeof hash === 'string' ? hash : undefined;
}

function place(packages: readonly Package[], work: string, target: string): void {
  const fresh = join(work, 'new');
  mkdirSync(fresh);
  for (const { spec, folder, name } of packages) {
    const to = join(fresh, name);
    if (spec.kind !== 'local') renameSync(folder, to);
    else link(folder, to);
  }
  if (existsSync(target)) renameSync(target, join(work, 'old'));
  renameSync(fresh, target);
}

/** A local package stays one with its folder; where there are no links, it is copied. */
function link(folder: string, to: string): void {
  try {
    symlinkSync(folder, to, 'dir');
  } catch {
    cpSync(folder, to, { recursive: true });
  }
}

/** The folder of packages is replaced as a whole, so that only one that holds nothing else is taken. */
function refuseFolder(target: string, { root, paths }: ProjectConfig): void {
  const { packages: _, target: __, logs: ___, ...sources } = paths;
  const kept = [
    root,
    ...Object.values(sources)
      .flat()
      .map((path) => resolve(root, path)),
  ];
  const holds = kept.some((path) => `${path}${sep}`.startsWith(`${target}${sep}`));
  const other = holds || !existsSync(target) ? undefined : otherThanPackages(target);
  if (!holds && other === undefined) return;
  throw millraceError('project.invalid', `\`packages-install-path\` is ${paths.packages}, which holds ${other ?? 'the project'}`, {
    at: 'dbt_project.yml',
    fix: 'Name a folder that is for packages alone.',
  }); // biome-ignore format: one error
}

function otherThanPackages(folder: string): string | undefined {
  const entries = readdirSync(folder, { withFileTypes: true });
  const isPackage = (name: string) => existsSync(join(folder, name, 'dbt_project.yml'));
  const other = entries.find(
    (entry) => !entry.isSymbolicLink() && !(entry.isFile() && entry.name.startsWith('.')) && !isPackage(entry.name),
  );
  return other?.name;
}

function checked<Result>(read: (problems: Problems) => Result): Result {
  const problems = new Problems();
  const result = read(problems);
  if (problems.errors[0] !== undefined) throw problems.errors[0];
  return result;
}
