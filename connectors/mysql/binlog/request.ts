import { randomBytes, randomUUID } from 'node:crypto';
import { GtidSet } from '../gtid.ts';
import type { LogPoint } from '../log-point.ts';
import type { LogDialect } from '../log-status.ts';

export interface LogRequest {
  readonly dialect: LogDialect;
  readonly from: LogPoint;
  /** Stay connected when the log is at its end, with a heartbeat in so many milliseconds. */
  readonly heartbeatMs: number;
  readonly follow: boolean;
}

const COM_BINLOG_DUMP = 0x12;
const COM_BINLOG_DUMP_GTID = 0x1e;
const NON_BLOCKING = 1;
const THROUGH_GTID = 4;
/** The first event of a file. */
const FILE_START = 4;
/** The position of COM_BINLOG_DUMP has 32 bits. */
const LAST_POSITION = 0xffffffff;

/** Statements that say what this reader knows, so that the server sends the log as it is. */
export function setupStatements({ dialect, from, heartbeatMs }: LogRequest): string[] {
  const period = heartbeatMs * 1_000_000;
  const own =
    dialect === 'mysql'
      ? replicaUuid()
      : [
          'SET @mariadb_slave_capability = 4',
          ...('gtid' in from ? [`SET @slave_connect_state = '${from.gtid}', @slave_gtid_strict_mode = 1`] : []),
        ];
  return [
    'SET @source_binlog_checksum = @@GLOBAL.binlog_checksum, @master_binlog_checksum = @@GLOBAL.binlog_checksum',
    `SET @source_heartbeat_period = ${period}, @master_heartbeat_period = ${period}`,
    ...own,
  ];
}

/** MySQL ends a reader's connection when another one of the same UUID comes. */
function replicaUuid(): string[] {
  const uuid = randomUUID();
  return [`SET @replica_uuid = '${uuid}', @slave_uuid = '${uuid}'`];
}

/** The command that asks for the log. Two readers of one id end each other's connection, so each has its own. */
export function dumpCommand({ dialect, from, follow }: LogRequest): Buffer {
  const flags = follow ? 0 : NON_BLOCKING;
  const server = 0x80000000 + randomBytes(4).readUInt32LE() / 2;
  if ('gtid' in from && dialect === 'mysql') return gtidDump(Math.floor(server), flags, GtidSet.parse(from.gtid));
  const head = Buffer.alloc(11);
  head[0] = COM_BINLOG_DUMP;
  head.writeUInt32LE(startOf(from), 1);
  head.writeUInt16LE(flags, 5);
  head.writeUInt32LE(Math.floor(server), 7);
  return Buffer.concat([head, Buffer.from('file' in from ? from.file : '', 'utf8')]);
}

/** A place beyond 4 GiB cannot be asked for: the file is read from its start, and what lies before the place is passed over. */
export function startOf(from: LogPoint): number {
  return 'file' in from && from.at <= LAST_POSITION ? from.at : FILE_START;
}

function gtidDump(server: number, flags: number, set: GtidSet): Buffer {
  const data = set.encode();
  const head = Buffer.alloc(23);
  head[0] = COM_BINLOG_DUMP_GTID;
  head.writeUInt16LE(flags | THROUGH_GTID, 1);
  head.writeUInt32LE(server, 3);
  // No name of a file: the server finds it by the set.
  head.writeUInt32LE(0, 7);
  head.writeBigUInt64LE(BigInt(FILE_START), 11);
  head.writeUInt32LE(data.length, 19);
  return Buffer.concat([head, data]);
}
