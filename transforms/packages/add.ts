import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, isMap, isSeq, parseDocument, type YAMLMap, YAMLSeq } from 'yaml';
import { millraceError } from '../../connectors/contract/index.ts';
import { PACKAGE_FILES } from '../project/package-list.ts';

/** The keys of an entry, and of its version. */
const KEYS = { hub: ['package', 'version'], git: ['git', 'revision'], local: ['local', undefined] } as const;

export type PackageSource = keyof typeof KEYS;

/** A file of packages that was changed. */
export interface Added {
  readonly file: string;
  /** Puts back what was there. */
  undo(): void;
}

/**
 * Writes an entry into the project's file of packages, in the place of those that name the same package; all else stays as it is written.
 * @param wish a name or address, with `@` and a version, or versions by commas: `dbt-labs/dbt_utils@>=1.0.0,<2.0.0`
 * @throws MillraceError `project.package` where a package of the hub has no version, `project.yaml` where the file is no YAML
 */
export function addPackage(root: string, wish: string, source: PackageSource): Added {
  const file = PACKAGE_FILES.find((name) => existsSync(join(root, name))) ?? PACKAGE_FILES[0];
  const path = join(root, file);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  const document = before === undefined ? new Document({}) : parseDocument(before, { version: '1.1' });
  const [broken] = document.errors;
  if (broken !== undefined) throw millraceError('project.yaml', broken.message, { at: file });
  const entry = entryOf(wish, source);
  const all = document.get('packages');
  const packages = isSeq(all) ? all : new YAMLSeq();
  packages.items = packages.items.filter((item) => !isMap(item) || !isSame(item, wish));
  packages.flow = false;
  packages.add(document.createNode(entry));
  document.set('packages', packages);
  writeFileSync(path, document.toString({ lineWidth: 0 }));
  return { file, undo: () => (before === undefined ? rmSync(path) : writeFileSync(path, before)) };
}

function entryOf(wish: string, source: PackageSource): Record<string, string | string[]> {
  const [key, versionKey] = KEYS[source];
  const { what, version } = partsOf(wish);
  if (version === undefined || versionKey === undefined) {
    if (source !== 'hub') return { [key]: what };
    throw millraceError('project.package', `the package ${what} of the hub has no version`, {
      at: '--add-package',
      fix: `Write it behind the name: ${what}@1.3.0, or '${what}@>=1.0.0,<2.0.0'.`,
    });
  }
  return { [key]: what, [versionKey]: version.includes(',') ? version.split(',') : version };
}

/** Addresses may have an `@` before their host. */
function partsOf(wish: string): { what: string; version: string | undefined } {
  const [, what = wish, version] = /^(.+)@([^@/:]+)$/.exec(wish) ?? [];
  return { what, version };
}

/** As dbt has it, by the last part of a name or an address: dbt_utils of the hub is the repository dbt-utils. */
function isSame(item: YAMLMap, wish: string): boolean {
  const names = ['package', 'git', 'local', 'tarball', 'private'].map((key) => item.get(key));
  const name = names.find((found) => typeof found === 'string');
  return name !== undefined && shortName(name) === shortName(partsOf(wish).what);
}

function shortName(what: string): string {
  const last = what.split(/[/:]/).findLast((part) => part !== '') ?? what;
  return last.replace(/\.git$/, '').replaceAll('-', '_');
}
