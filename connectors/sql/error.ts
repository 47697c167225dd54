import {
  type ErrorCode,
  errorCodes,
  MillraceError,
  millraceError,
  type Origin,
  type Retry,
} from '../contract/index.ts';
import { NOT_MYSQL } from './wire-socket.ts';

/** Whose connection it was. */
export type Side = 'source' | 'destination' | 'model';

interface Class {
  readonly code: ErrorCode;
  readonly retry?: Retry;
  readonly numbers?: readonly number[];
  /** Names that Node or the driver give where no server answered. */
  readonly names?: readonly string[];
  /** For numbers that mean many things. */
  readonly text?: RegExp;
}

const rowNumbers = [
  1048, 1136, 1138, 1216, 1261, 1262, 1263, 1264, 1265, 1292, 1300, 1364, 1366, 1367, 1391, 1406, 1411, 1416, 1425,
  1452, 1526, 1690, 1735, 3140, 3141, 3152, 3156, 3819, 4025, 4038, 4078, 6136,
];

/**
 * What a server's error number means, first match wins. Numbers below 2000, 3xxx and 4xxx are MySQL's and MariaDB's, 8xxx and
 * 9xxx TiDB's (its error-codes.md), 9449 is TDSQL-C's.
 */
const classes: readonly Class[] = [
  { code: 'connect.quota', numbers: [1105], text: /usage quota being exhausted/i },
  { code: 'connect.tls', numbers: [1105], text: /insecure transport/i },
  { code: 'database.busy', numbers: [1105], text: /context (deadline exceeded|canceled)/i },
  { code: 'load.too-large', numbers: [1105], text: /too large|size limit|exceed/i },
  {
    code: 'database.conflict',
    numbers: [1105],
    text: /information schema is (out of date|changed)|pessimistic lock (retry limit reached|not found)/i,
  },
  {
    code: 'connect.unreachable',
    numbers: [9449, 2003],
    names: ['ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  },
  { code: 'connect.unreachable', retry: 'never', names: ['ENOTFOUND', 'EACCES', 'EPERM'] },
  { code: 'connect.protocol', names: [NOT_MYSQL] },
  { code: 'connect.denied', numbers: [1045, 1251, 1524, 1698, 1820, 1862, 3118, 3955, 4151] },
  { code: 'connect.tls', numbers: [3159] },
  { code: 'connect.busy', numbers: [1040, 1203, 1226] },
  { code: 'connect.tls', names: ['HANDSHAKE_NO_SSL_SUPPORT', 'HANDSHAKE_SSL_ERROR'] },
  {
    code: 'connect.lost',
    numbers: [1053, 1152, 1159, 1160, 1161, 1158, 1184, 1927, 2006, 2013, 3169, 4031],
    names: [
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'PROTOCOL_CONNECTION_LOST',
      'PROTOCOL_ERROR',
      'PROTOCOL_UNEXPECTED_PACKET',
      'ERR_STREAM_DESTROYED',
      'ERR_STREAM_WRITE_AFTER_END',
    ],
  },
  { code: 'database.conflict', numbers: [1205, 1213, 1614, 8002, 8005, 8022, 8027, 8028, 8229, 8245, 9007] },
  // Inside a transaction that holds a snapshot: DDL made it useless.
  { code: 'source.cut', numbers: [1412] },
  { code: 'database.busy', numbers: [1317, 1969, 3024, 8252, 9001, 9002, 9003, 9004, 9005, 9008, 9010, 9012, 9013] },
  { code: 'database.read-only', numbers: [1290, 1792, 1836] },
  { code: 'load.too-large', numbers: [1153, 1197, 8001, 8004, 8025, 8175, 8176, 9500] },
  { code: 'source.history-lost', numbers: [1236, 1945, 1955, 8055, 9006] },
  { code: 'database.denied', numbers: [1044, 1142, 1143, 1227, 1370, 1419, 3891, 8121] },
  { code: 'database.missing', numbers: [1049, 1054, 1109, 1146, 1305] },
  { code: 'row.duplicate', numbers: [1022, 1062, 1557, 1569, 1586] },
  { code: 'row.too-large', numbers: [1118, 1301] },
  { code: 'row.refused', numbers: rowNumbers },
];

/** The parts of a thrown thing that a class is known by. */
interface Thrown {
  readonly errno?: number | string;
  readonly code?: string;
  readonly message?: string;
  readonly sql?: string;
}

/**
 * Anything thrown while talking to a server, as an error of the registry. `at` says where. A server's number decides, then the
 * name that Node or the driver gave; what is not known is `database.refused` where the server said it, `internal.unexpected` where not.
 */
export function sqlError(thrown: unknown, side: Side, at: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const { errno, code, message = String(thrown) } = thrown as Thrown;
  const known = classes.find((each) => matches(each, errno, code, message)) ?? unknownClass(thrown as Thrown);
  const origin = originOf(known.code, side);
  const number = typeof errno === 'number' && errno > 0 ? ` (${errno})` : '';
  return millraceError(known.code, `${message === '' ? code : message}${number}`, {
    origin,
    ...(known.retry === undefined ? {} : { retry: known.retry }),
    at,
    cause: withoutStatement(thrown),
  });
}

/** Whether the error is about the row alone, so that the same load without it may pass. */
export function isRowError(error: MillraceError): boolean {
  return error.code.startsWith('row.');
}

/** The server's own number in the error's cause, or undefined where no server spoke. */
export function serverNumber(error: MillraceError): number | undefined {
  const { errno } = (error.cause ?? {}) as Thrown;
  return typeof errno === 'number' && errno > 0 ? errno : undefined;
}

function matches(each: Class, errno: number | string | undefined, code: string | undefined, message: string): boolean {
  const named =
    (typeof errno === 'number' && errno > 0 && each.numbers?.includes(errno)) ||
    (code !== undefined && each.names?.includes(code));
  return named === true && (each.text === undefined || each.text.test(message));
}

function unknownClass(thrown: Thrown): Class {
  if (typeof thrown.errno === 'number' && thrown.errno > 0) return { code: 'database.refused' };
  if (/closed state|Connection lost|socket hang up/.test(thrown.message ?? '')) return { code: 'connect.lost' };
  return { code: 'internal.unexpected' };
}

/** Network, rights and machine are nobody's fault; what else a database says of a statement belongs to its side. */
function originOf(code: ErrorCode, side: Side): Origin {
  const { origin } = errorCodes[code];
  return origin === 'environment' || origin === 'internal' ? origin : side;
}

/** The driver hangs the statement onto its errors, and with it rows: they must not reach a log. */
function withoutStatement(thrown: unknown): unknown {
  if (thrown instanceof Error && 'sql' in thrown) delete (thrown as { sql?: string }).sql;
  return thrown;
}
