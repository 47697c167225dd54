import { execFile } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { PackageSpec } from '../project/package-list.ts';
import { releaseOf } from './hub.ts';
import { addressOf, refusal } from './refusal.ts';

export interface Fetched {
  readonly folder: string;
  /** The commit, or the version of the hub, that was taken; undefined where there is none. */
  readonly revision?: string;
}

export interface FetchPlace {
  readonly root: string;
  /** A new folder is made in it for what is fetched. */
  readonly work: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Gets what a package asks for; a local one stays where it is.
 * @param others what asks for the same package of the hub
 * @throws MillraceError `project.package`
 */
export async function fetchPackage(
  spec: PackageSpec,
  place: FetchPlace,
  others: readonly PackageSpec[] = [],
): Promise<Fetched> {
  if (spec.kind === 'local') return { folder: resolve(place.root, spec.what) };
  const folder = join(place.work, `fetched-${readdirSync(place.work).length}`);
  mkdirSync(folder);
  if (spec.kind === 'git') return await fetchGit(spec, folder, place.env);
  if (spec.kind === 'tarball') return await fetchTarball(spec, spec.what, folder, place.env);
  if (spec.kind === 'hub') {
    const { version, tarball } = await releaseOf([spec, ...others], place.env);
    return { ...(await fetchTarball(spec, tarball, folder, place.env)), revision: version };
  }
  throw refusal(spec, `${addressOf(spec)} is of a provider, of which deps takes none`, {
    fix: 'Name its repository by `git` and `revision`, or its archive by `tarball`.',
  }); // biome-ignore format: one error
}

const UNREACHED = 'Correct the entry, and see that this machine may reach what it names.';

/** One commit of a repository, and not its history. What is named is looked for among tags first, then branches, by git's own rule. */
async function fetchGit(spec: PackageSpec, folder: string, env: FetchPlace['env']): Promise<Fetched> {
  const revision = spec.entry.text('revision') ?? 'HEAD';
  const git = (...words: string[]) => ran('git', words, spec, folder, env);
  await git('init', '--quiet');
  await git('fetch', '--quiet', '--depth', '1', '--', spec.what, revision);
  await git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  const commit = (await git('rev-parse', 'HEAD')).trim();
  rmSync(join(folder, '.git'), { recursive: true });
  const below = resolve(folder, spec.entry.text('subdirectory') ?? '.');
  if (!isWithin(below, folder)) {
    throw refusal(spec, `${addressOf(spec)} has no folder ${spec.entry.text('subdirectory')}`);
  }
  return { folder: below, revision: commit };
}

function isWithin(folder: string, outer: string): boolean {
  if (!existsSync(folder)) return false;
  return `${realpathSync(folder)}${sep}`.startsWith(`${realpathSync(outer)}${sep}`);
}

/** The one folder that an archive holds. */
async function fetchTarball(spec: PackageSpec, url: string, folder: string, env: FetchPlace['env']): Promise<Fetched> {
  const archive = `${folder}.tar.gz`;
  await download(spec, url, archive);
  await ran('tar', ['-xzf', archive, '-C', folder], spec, folder, env);
  const [only, ...others] = readdirSync(folder, { withFileTypes: true });
  if (only?.isDirectory() && others.length === 0) return { folder: join(folder, only.name) };
  throw refusal(spec, `the archive ${addressOf(spec)} does not hold one folder, the package's`);
}

async function download(spec: PackageSpec, url: string, path: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(url);
  } catch (error) {
    // The message may hold the address, and that a secret: the code says what happened.
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? 'no address for a download';
    throw refusal(spec, `${addressOf(spec)} cannot be fetched: ${code}`, { fix: UNREACHED });
  }
  if (!answer.ok || answer.body === null) {
    throw refusal(spec, `${addressOf(spec)} cannot be fetched: the answer is ${answer.status}`, { fix: UNREACHED });
  }
  await pipeline(answer.body, createWriteStream(path));
}

/** Variables by which git is told of the repository that it is called from, as in its hooks. */
const OF_CALLER = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX'];

async function ran(
  program: string,
  words: readonly string[],
  spec: PackageSpec,
  cwd: string,
  env: FetchPlace['env'],
): Promise<string> {
  const own = Object.entries(env).filter(([name]) => !OF_CALLER.includes(name));
  // Nobody is asked for a password: what has none fails and does not wait.
  const all = { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  try {
    return (await promisify(execFile)(program, [...words], { cwd, env: all })).stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw refusal(spec, `there is no ${program} on this machine`, { fix: `Install ${program}.` });
    const said = stderr.trim().replaceAll(spec.what, addressOf(spec));
    throw refusal(spec, `${addressOf(spec)} cannot be fetched: ${said}`, { fix: UNREACHED });
  }
}
