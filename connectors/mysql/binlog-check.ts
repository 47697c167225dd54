import { type Finding, millraceError, type ReadRequest } from '../contract/index.ts';
import { query, type Session } from '../sql/index.ts';
import type { LogDialect } from './log-status.ts';

/** A server variable and the values that it may have. Servers without the variable have the first value. */
interface Setting {
  readonly name: string;
  readonly wanted: readonly string[];
  readonly why: string;
}

const both: readonly Setting[] = [
  { name: 'log_bin', wanted: ['1', 'ON'], why: 'changes are read from the binary log' },
  { name: 'binlog_format', wanted: ['ROW'], why: 'other formats log statements' },
  { name: 'binlog_row_image', wanted: ['FULL'], why: 'other images leave columns out' },
  { name: 'binlog_row_metadata', wanted: ['FULL'], why: 'without it the log does not name columns' },
];

const settings: Readonly<Record<LogDialect, readonly Setting[]>> = {
  mariadb: both,
  mysql: [...both, { name: 'binlog_row_value_options', wanted: [''], why: 'parts of JSON are not read' }],
};

/** What of the server's settings keeps changes from being read. */
export async function logFindings(session: Session, dialect: LogDialect, request: ReadRequest): Promise<Finding[]> {
  return request.streams.some((stream) => stream.mode === 'cdc') ? settingFindings(session, dialect) : [];
}

/** Throws `cdc.log-settings` where the server writes a log that cannot be followed. Asked before each read: settings change. */
export async function requireSettings(session: Session, dialect: LogDialect): Promise<void> {
  const wrong = (await settingFindings(session, dialect)).filter(({ severity }) => severity === 'error');
  if (wrong.length === 0) return;
  throw millraceError('cdc.log-settings', wrong.map(({ message }) => message).join('; '), {
    at: wrong.map(({ at }) => at).join(', '),
    fix: wrong.map(({ fix }) => fix).join(' '),
  });
}

async function settingFindings(session: Session, dialect: LogDialect): Promise<Finding[]> {
  const rows = await query(session, `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names(dialect)})`);
  const values = new Map(rows.map(([name, value]) => [String(name).toLowerCase(), String(value)]));
  return settings[dialect].map(({ name, wanted, why }) => {
    const value = values.get(name) ?? wanted[0]!;
    if (wanted.includes(value)) return { severity: 'ok', code: name, side: 'source', message: `${name} is ${value}` };
    return {
      severity: 'error',
      code: 'cdc.log-settings',
      side: 'source',
      message: `${name} is ${value}: ${why}`,
      fix: `SET GLOBAL ${name} = '${wanted.at(-1)}' (log_bin: start the server with it).`,
      at: name,
    };
  });
}

function names(dialect: LogDialect): string {
  return settings[dialect].map(({ name }) => `'${name}'`).join(', ');
}
