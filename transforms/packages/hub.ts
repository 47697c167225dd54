import type { PackageSpec } from '../project/package-list.ts';
import { textOf } from '../project/python-text.ts';
import { isPrerelease, REPORTED_VERSION, satisfies, sorted } from '../project/version-spec.ts';
import { addressOf, refusal } from './refusal.ts';

/** A version of a package as the hub has it. */
export interface Release {
  readonly version: string;
  /** The address of its archive. */
  readonly tarball: string;
}

/** dbt's public hub; `DBT_PACKAGE_HUB_URL` names another. */
const PUBLIC = 'https://hub.getdbt.com/';
const TIMEOUT_MS = 30_000;

/** The versions that an entry allows, each as dbt writes it: `1.3.0`, `>=1.0.0`. @throws MillraceError `project.package` where it names none */
export function wantedVersions(spec: PackageSpec): string[] {
  const wanted = spec.entry.list('version').map(textOf);
  if (wanted.length > 0) return wanted;
  throw refusal(spec, `the package ${addressOf(spec)} has no \`version\``, {
    fix: 'Write `version: 1.3.0` or `version: [">=1.0.0", "<2.0.0"]` into its entry.',
  });
}

/**
 * The newest release that answers to all entries that ask for the package, and that this dbt version can use. One before a release is taken
 * where `install_prerelease` or a version says so.
 * @throws MillraceError `project.package`
 */
export async function releaseOf(
  asked: readonly [PackageSpec, ...PackageSpec[]],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Release> {
  const [spec] = asked;
  const wanted = asked.flatMap(wantedVersions);
  const before = asked.some(({ entry }) => entry.flag('install_prerelease') === true) || wanted.some(isPrerelease);
  const all = await releases(spec, env.DBT_PACKAGE_HUB_URL || PUBLIC);
  const usable = [...all].filter(
    ([version, { require }]) => (before || !isPrerelease(version)) && satisfies(REPORTED_VERSION, require),
  );
  const version = sorted(usable.map(([name]) => name).filter((name) => satisfies(name, wanted))).at(-1);
  if (version !== undefined) return { version, tarball: all.get(version)!.tarball };
  const there = sorted(usable.map(([name]) => name)).slice(-10);
  throw refusal(spec, `the hub has no version of ${addressOf(spec)} that is ${wanted.join(' and ')}`, {
    fix: there.length === 0 ? `None is for dbt ${REPORTED_VERSION}.` : `Ask for one of these: ${there.join(', ')}.`,
  });
}

interface Listed {
  readonly tarball: string;
  /** Versions of dbt that it is for. */
  readonly require: readonly string[];
}

async function releases(spec: PackageSpec, hub: string): Promise<Map<string, Listed>> {
  const path = spec.what.split('/').map(encodeURIComponent).join('/');
  const answer = await asked(spec, `${hub.replace(/\/*$/, '/')}api/v1/${path}.json`);
  const found = new Map<string, Listed>();
  for (const [version, release] of Object.entries(answer.versions ?? {})) {
    const { downloads, require_dbt_version: require = [] } = release;
    if (typeof downloads?.tarball !== 'string') continue;
    found.set(version, { tarball: downloads.tarball, require: [require].flat().map(String) });
  }
  return found;
}

/** What is used of the hub's answer. */
interface Answer {
  readonly versions?: Readonly<
    Record<string, { readonly downloads?: { readonly tarball?: unknown }; readonly require_dbt_version?: unknown }>
  >;
}

async function asked(spec: PackageSpec, url: string): Promise<Answer> {
  const fix = 'Name its repository by `git` and `revision`, or another hub by DBT_PACKAGE_HUB_URL.';
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { cause, name } = error as { cause?: { code?: string }; name: string };
    throw refusal(spec, `the hub cannot be asked for ${addressOf(spec)}: ${cause?.code ?? name}`, { fix });
  }
  if (answer.status === 404) throw refusal(spec, `the hub has no package ${addressOf(spec)}`, { fix });
  const read: unknown = answer.ok ? await answer.json().catch(() => undefined) : undefined;
  if (typeof read === 'object' && read !== null) return read;
  const what = answer.ok ? 'is none of a hub' : `is ${answer.status}`;
  throw refusal(spec, `the hub cannot be asked for ${addressOf(spec)}: the answer ${what}`, { fix });
}
