import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianMirror, programOf } from '../apt.ts';
import { cached } from '../cache.ts';
import { build, isRoot } from '../command.ts';
import { greetsAsMysql } from '../port.ts';
import type { Recipe } from '../recipe.ts';
import { sqlFlags, tlsFlags } from '../sql-flags.ts';
import { Unavailable } from '../unavailable.ts';

/** root@localhost is all that an initialised server has; clients come over TCP, with name lookup off. */
const FIRST_SQL = `CREATE USER root@'127.0.0.1' IDENTIFIED BY '';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
`;

const SYSTEM = `
set -e
debootstrap --variant=minbase sid "$1" "$2"
printf '#!/bin/sh\\nexit 101\\n' >"$1/usr/sbin/policy-rc.d"
chmod +x "$1/usr/sbin/policy-rc.d"
chroot "$1" apt-get install -y -qq --no-install-recommends mysql-server-core mysql-client-core
chroot "$1" apt-get clean
`;

/** The server refuses to run as root unless it is told to; as any other user it runs as that user. */
const user = isRoot() ? ['--user=root'] : [];

const ownFlags = [
  ...['--server-id=1', '--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--binlog-row-metadata=FULL'],
  ...['--mysqlx=OFF', '--skip-name-resolve', ...sqlFlags],
];

/** A small Debian sid with the server in it, for the machine's own release has no MySQL. */
async function buildSystem(folder: string): Promise<void> {
  if (!isRoot()) throw new Unavailable('mysql', 'setting up a Debian sid by debootstrap needs root');
  const mirror = await debianMirror();
  if (mirror === undefined)
    throw new Unavailable('mysql', 'there is no Debian mirror in the apt sources of this machine');
  await programOf('mysql', 'debootstrap', 'debootstrap');
  // What debootstrap mounts must be gone with it, however it ends: its folder is removed by rm -rf.
  const words = ['unshare', '--mount', 'sh', '-c', SYSTEM, 'system', join(folder, 'root'), mirror];
  await build(words, folder, { DEBIAN_FRONTEND: 'noninteractive' });
}

async function buildTemplate(folder: string): Promise<void> {
  await writeFile(join(folder, 'first.sql'), FIRST_SQL);
  const data = join(folder, 'data');
  const words = ['--initialize-insecure', `--datadir=${data}`, `--init-file=${join(folder, 'first.sql')}`];
  await build([...(await mysqlProgram(folder, 'sbin/mysqld')), ...base(folder), ...words, '--skip-log-bin'], folder);
  // Every server makes its own UUID: two with the same one could not tell their transactions apart.
  await rm(join(data, 'auto.cnf'));
}

/**
 * The words that run a program of the installed system (`bin/mysqlbinlog`) without entering it: its own
 * dynamic loader and libraries, but this machine's files and no mount.
 */
async function mysqlProgram(installed: string, program: string): Promise<string[]> {
  const usr = join(installed, 'root/usr');
  const triplet = (await readdir(join(usr, 'lib'))).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const libraries = join(usr, 'lib', triplet);
  const loader = (await readdir(libraries)).find((name) => name.startsWith('ld-linux')) ?? '';
  return [join(libraries, loader), '--library-path', libraries, join(usr, program)];
}

function base(installed: string): string[] {
  const usr = join(installed, 'root/usr');
  return ['--no-defaults', ...user, `--basedir=${usr}`, `--plugin-dir=${join(usr, 'lib/mysql/plugin')}`];
}

async function install(): Promise<string> {
  return cached('mysql-9.7', async (folder) => {
    await buildSystem(folder);
    await buildTemplate(folder);
  });
}

/** The words that run a client program of the test server's version, such as `mysqldump` or `mysqlbinlog`. */
export async function mysqlClient(program: string): Promise<string[]> {
  return mysqlProgram(await install(), join('bin', program));
}

export const mysql: Recipe = {
  install,

  async prepare(installed, { folder }) {
    await mkdir(join(folder, 'tmp'));
    await cp(join(installed, 'data'), join(folder, 'data'), { recursive: true });
  },

  async launch(installed, { port, folder, flags, tls }) {
    const command = [
      ...[...(await mysqlProgram(installed, 'sbin/mysqld')), ...base(installed)],
      ...[`--datadir=${join(folder, 'data')}`, `--tmpdir=${join(folder, 'tmp')}`, '--secure-file-priv=NULL'],
      ...[`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'data/mysql.sock')}`],
      ...[`--pid-file=${join(folder, 'data/mysql.pid')}`, ...ownFlags, ...tlsFlags(tls), ...flags],
    ];
    return { command };
  },

  image: ({ flags, tls }) => ({
    name: 'mysql:9.7',
    port: 3306,
    command: [...ownFlags, ...tlsFlags(tls), ...flags],
    env: { MYSQL_ALLOW_EMPTY_PASSWORD: 'yes', MYSQL_ROOT_HOST: '%' },
  }),

  endBy: 'SIGKILL',
  ready: greetsAsMysql,
};
