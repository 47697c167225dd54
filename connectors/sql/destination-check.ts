import type { Finding, Target } from '../contract/index.ts';
import { destinationNeeds } from './grants.ts';
import type { Run } from './introspect-run.ts';
import { tableClashes } from './name-clash.ts';
import { missingPrivileges, needText } from './privilege.ts';
import type { ServerInfo } from './server.ts';
import type { StateTable } from './state.ts';

/** Everything wrong or doubtful about writing to this server. What single targets refuse is told by their plans. */
export async function checkDestination(
  run: Run,
  info: ServerInfo,
  state: StateTable,
  targets: readonly Target[],
): Promise<Finding[]> {
  const tables = [...targets.map((target) => target.table), state.at];
  const replaces = targets.some((target) => target.write === 'overwrite');
  const missing = await missingPrivileges(run, destinationNeeds(info.dialect, tables, replaces));
  return [
    { severity: 'ok', code: 'connect', side: 'destination', message: `${info.flavour} ${info.version}` },
    info.localInfile
      ? { severity: 'ok', code: 'local-infile', side: 'destination', message: 'rows are loaded by LOAD DATA LOCAL' }
      : {
          severity: 'warning',
          code: 'load.no-local-infile',
          side: 'destination',
          message: 'local_infile is off: rows are written by INSERT, at about a third of the speed',
          fix: 'SET GLOBAL local_infile = 1, where the service allows it.',
        },
    ...tableClashes(
      targets.map((target) => target.table),
      info.lowerCaseTableNames !== 0,
    ),
    ...missing.map(
      (need): Finding => ({
        severity: 'error',
        code: 'privilege.missing',
        side: 'destination',
        message: `the user lacks ${needText(need)}`,
        fix: 'Run what `millrace grants` prints, as an administrator.',
      }),
    ),
  ];
}
