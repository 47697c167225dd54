import type { PackageSpec } from '../project/package-list.ts';
import { satisfies } from '../project/version-spec.ts';
import type { Fetched } from './fetch.ts';
import { wantedVersions } from './hub.ts';
import { addressOf, refusal } from './refusal.ts';

/** A package that is to be installed. */
export interface Package extends Fetched {
  readonly spec: PackageSpec;
  readonly name: string;
}

/** What was fetched, read: its name, and what it asks for itself. `others` ask for the same package. */
export type Take = (
  spec: PackageSpec,
  others?: readonly PackageSpec[],
) => Promise<Package & { readonly specs: readonly PackageSpec[] }>;

/**
 * All packages that a project needs, in the order in which they are asked for: its own, then theirs. Where two ask for one repository, the
 * one that names a revision counts; of the hub a version is taken that both allow. @throws MillraceError `project.package` where they name two, and for two packages of one name
 */
export async function resolvePackages(specs: readonly PackageSpec[], take: Take, project: string): Promise<Package[]> {
  const found = new Map<string, Package>();
  const asked = new Map<string, PackageSpec[]>();
  for (let pending = specs; pending.length > 0; ) {
    const next: PackageSpec[] = [];
    for (const spec of pending) {
      const key = keyOf(spec);
      const known = found.get(key);
      const others = asked.get(key) ?? [];
      asked.set(key, [...others, spec]);
      if (known !== undefined && isAnswered(spec, known)) continue;
      const { specs: more, ...taken } = await take(spec, others);
      found.set(key, taken);
      next.push(...more);
    }
    pending = next;
  }
  const packages = [...found.values()];
  checkNames(packages, project);
  return packages;
}

/** dbt takes a repository with and without `.git` behind its name for one. */
function keyOf({ kind, what, entry }: PackageSpec): string {
  if (kind !== 'git') return `${kind} ${what}`;
  return `git ${what.replace(/\.git$/, '')} ${entry.text('subdirectory') ?? ''}`;
}

function isAnswered(spec: PackageSpec, known: Package): boolean {
  if (spec.kind === 'hub') return satisfies(known.revision!, wantedVersions(spec));
  const [wanted, there] = [spec.entry.text('revision'), known.spec.entry.text('revision')];
  if (wanted === undefined || wanted === there) return true;
  if (there === undefined) return false;
  throw refusal(spec, `${addressOf(spec)} is asked for at ${there} and at ${wanted}`, {
    fix: 'Ask for one revision of it.',
  });
}

function checkNames(packages: readonly Package[], project: string): void {
  const seen = new Map<string, PackageSpec>();
  for (const { name, spec } of packages) {
    const other = seen.get(name);
    if (other !== undefined) {
      throw refusal(spec, `${addressOf(other)} and ${addressOf(spec)} are both named ${name}`);
    }
    if (name === project) throw refusal(spec, `the package ${addressOf(spec)} has the name of the project, ${name}`);
    seen.set(name, spec);
  }
}
