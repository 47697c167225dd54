import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { programOf } from '../apt.ts';
import { cached } from '../cache.ts';
import { ask, build, isRoot } from '../command.ts';
import { greetsAsMysql } from '../port.ts';
import type { Recipe } from '../recipe.ts';
import { sqlFlags, tlsFlags } from '../sql-flags.ts';

const findServer = () => programOf('mariadb', 'mariadbd', 'mariadb-server');

/** The server refuses to run as root unless it is told to; as any other user it runs as that user. */
const user = isRoot() ? ['--user=root'] : [];

const ownFlags = ['--server-id=2', ...sqlFlags];

async function buildTemplate(folder: string): Promise<void> {
  const words = ['mariadb-install-db', '--no-defaults', ...user, `--datadir=${join(folder, 'data')}`];
  await build([...words, '--auth-root-authentication-method=normal', '--skip-test-db'], folder);
}

export const mariadb: Recipe = {
  async install() {
    const version = /Ver (\d[\d.]*)/.exec(await ask(await findServer(), ['--version']))?.[1];
    return cached(`mariadb-${version}`, buildTemplate);
  },

  async prepare(installed, { folder }) {
    await mkdir(join(folder, 'tmp'));
    await cp(join(installed, 'data'), join(folder, 'data'), { recursive: true });
  },

  async launch(_installed, { port, folder, flags, tls }) {
    const command = [
      ...[await findServer(), '--no-defaults', ...user, `--datadir=${join(folder, 'data')}`],
      ...[`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'mariadb.sock')}`],
      ...[`--pid-file=${join(folder, 'mariadb.pid')}`, `--tmpdir=${join(folder, 'tmp')}`],
      ...[...ownFlags, ...tlsFlags(tls), ...flags],
    ];
    return { command };
  },

  image: ({ flags, tls }) => ({
    name: 'mariadb:10.11',
    port: 3306,
    command: [...ownFlags, ...tlsFlags(tls), ...flags],
    env: { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: 'yes' },
  }),

  endBy: 'SIGKILL',
  ready: greetsAsMysql,
};
