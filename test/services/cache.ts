import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

/** Where built servers are kept between runs, outside the repository. */
export function cacheRoot(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace-test');
}

/**
 * The folder of what `build` makes, built only where it is not there yet. `key` names a server and its
 * version. It is built in a folder beside and renamed, so that what has the name is always whole.
 */
export async function cached(key: string, build: (folder: string) => Promise<void>): Promise<string> {
  const finished = join(cacheRoot(), key);
  if (existsSync(finished)) return finished;
  await withLock(`${finished}.lock`, async () => {
    if (existsSync(finished)) return;
    await removeInterrupted(key);
    process.stderr.write(`${key} is being built into ${cacheRoot()}: minutes the first time, seconds from then on\n`);
    const folder = await mkdtemp(`${finished}.part-`);
    try {
      await build(folder);
      await rename(folder, finished);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  return finished;
}

/** Whoever holds the lock is the only builder: other folders of the key are of builds that were killed. */
async function removeInterrupted(key: string): Promise<void> {
  await mkdir(cacheRoot(), { recursive: true });
  for (const name of await readdir(cacheRoot())) {
    if (name.startsWith(`${key}.part-`)) await rm(join(cacheRoot(), name), { recursive: true, force: true });
  }
}
