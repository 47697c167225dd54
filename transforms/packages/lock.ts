import { createHash } from 'node:crypto';
import { Scalar, stringify } from 'yaml';
import type { PackageSpec } from '../project/package-list.ts';
import { textOf } from '../project/python-text.ts';
import type { Value } from '../project/value.ts';
import { pythonJson } from './python-json.ts';

export const LOCK_FILE = 'package-lock.yml';

/** An entry of `package-lock.yml`, its keys in order of name. */
export type Locked = Readonly<Record<string, string>>;

/** What dbt keeps of each kind besides the entry as it was written; null where it says nothing. */
const KEPT = {
  local: ['local'],
  git: ['git', 'revision', 'warn-unpinned', 'subdirectory'],
  tarball: ['tarball', 'name'],
  hub: ['package', 'version', 'install_prerelease'],
  private: ['private', 'provider', 'revision', 'warn-unpinned', 'subdirectory'],
} as const;

/** dbt's `sha1_hash` of what a project asks for: a lock of dbt holds for millrace, and the other way round. */
export function hashOf(specs: readonly PackageSpec[]): string {
  const texts = specs.map(({ kind, entry, written }) => {
    const given = entry.get('warn_unpinned') ?? null;
    const kept = new Map<Value, Value>(
      KEPT[kind].map((key) => [key, entry.get(key) ?? (key === 'warn-unpinned' ? given : null)]),
    );
    if (kind === 'hub') kept.set('install_prerelease', entry.flag('install_prerelease'));
    const name = entry.get('name') ?? null;
    if (name !== null) kept.set('name', name);
    return pythonJson(kept.set('unrendered', written));
  });
  return createHash('sha1').update(texts.sort().join('\n')).digest('hex');
}

/** The entry that names a package as it was found. The address is the written one: what templates put into it may be secret (invariant 10). */
export function lockedOf(spec: PackageSpec, name: string, revision: string | undefined): Locked {
  const { kind, entry, written } = spec;
  const key = kind === 'hub' ? 'package' : kind;
  const address = textOf(written.get(key) ?? spec.what);
  const subdirectory = kind === 'git' ? entry.text('subdirectory') : undefined;
  const all = { [key]: address, name, [kind === 'hub' ? 'version' : 'revision']: revision, subdirectory };
  const set = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(set.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** `package-lock.yml` as dbt writes it. */
export function lockText(packages: readonly Locked[], hash: string): string {
  const entries = packages.map((entry) =>
    Object.fromEntries(Object.entries(entry).map(([key, text]) => [key, text.startsWith('{') ? quoted(text) : text])),
  );
  return stringify({ packages: entries, sha1_hash: hash }, { version: '1.1', singleQuote: true, lineWidth: 0 });
}

/** In single quotes even where there are some inside, as templates have them. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = 'QUOTE_SINGLE';
  return scalar;
}
