import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from './cache.ts';
import { findProgram, isRoot } from './command.ts';
import type { ServerKind } from './kind.ts';
import { withLock } from './lock.ts';
import { Unavailable } from './unavailable.ts';

/**
 * policy-rc.d answers 101, "not allowed", to every package that wants its service started. A policy that
 * the machine has stays as it is. One archive out of order, as of another vendor, is no reason to stop:
 * the install says whether what it needs can be had.
 */
const INSTALL = `
set -e
apt-get update -qq || echo 'apt-get update failed: going on with the lists that are there'
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' >"$policy"
  chmod +x "$policy"
fi
apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "$@"
`;

/**
 * The path of a program, installed from its Debian package where the machine lacks it. Servers that are set up side by side install one
 * after the other, and wait for others on the machine that do: apt itself gives up at once when it is not alone.
 * @throws Unavailable where there is no apt, this is not root, or the package does not bring it
 */
export async function programOf(kind: ServerKind, name: string, debianPackage: string): Promise<string> {
  const present = await findProgram(name);
  if (present !== undefined) return present;
  if ((await findProgram('apt-get')) === undefined) {
    throw new Unavailable(kind, `there is no ${name} on this machine, and no apt-get to install it with`);
  }
  if (!isRoot()) throw new Unavailable(kind, `there is no ${name} on this machine, and installing it needs root`);
  const installed = await withLock(join(cacheRoot(), 'apt.lock'), async () => {
    if ((await findProgram(name)) === undefined) await install(debianPackage);
    return findProgram(name);
  });
  if (installed === undefined) throw new Unavailable(kind, `the package ${debianPackage} brought no ${name}`);
  return installed;
}

/** Not ended with this process, unlike every other child: a dpkg that is cut off leaves the machine half installed. */
async function install(debianPackage: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-apt-'));
  const log = await open(join(folder, 'log'), 'a');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const words = ['-c', INSTALL, 'install', debianPackage];
  const apt = spawn('sh', words, { detached: true, stdio: ['ignore', log.fd, log.fd], env });
  const [status] = await once(apt, 'exit');
  await log.close();
  const said = await readFile(join(folder, 'log'), 'utf8');
  await rm(folder, { recursive: true });
  if (status !== 0) throw new Error(`apt-get install ${debianPackage} ended with ${status}:\n${said.slice(-2_000)}`);
}

/** The first Debian mirror in the machine's own apt sources, in either of their two formats. */
export async function debianMirror(sources = '/etc/apt'): Promise<string | undefined> {
  const folder = join(sources, 'sources.list.d');
  const names = await readdir(folder).catch(() => []);
  const files = [join(sources, 'sources.list'), ...names.sort().map((name) => join(folder, name))];
  for (const file of files) {
    const found = mirrorIn(await readFile(file, 'utf8').catch(() => ''));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The archive of packages, not the one of security updates, which lacks most of them. */
function mirrorIn(text: string): string | undefined {
  return /^(?:URIs:|deb(?:[ \t]+\[[^\]]*\])?)[ \t]+(\S*\/debian\/?)(?=\s|$)/m.exec(text)?.[1];
}
