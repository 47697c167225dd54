import type { Certificates } from './recipe.ts';

/** What MySQL and MariaDB are both told: a row binlog, and no wait for the disk, since no test survives its machine. */
export const sqlFlags: readonly string[] = [
  '--local-infile=1',
  '--log-bin=binlog',
  '--binlog-format=ROW',
  '--sync-binlog=0',
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-buffer-pool-size=512M',
];

export function tlsFlags(tls: Certificates | undefined): string[] {
  return tls === undefined ? [] : [`--ssl-ca=${tls.ca}`, `--ssl-cert=${tls.cert}`, `--ssl-key=${tls.key}`];
}
