import { crc32, inflateSync } from 'node:zlib';
import { type MillraceError, millraceError, streamText } from '../../contract/index.ts';
import type { LogMark, LogPoint } from '../log-point.ts';
import { EVENT, IGNORABLE_FLAG, type IsWanted, type LogEvent, passedOver, type RowsForm, rowsForms } from './event.ts';
import { mariadbGtid, mysqlGtid, type TransactionStart, taggedGtid } from './gtid-event.ts';
import { payloadOf } from './payload.ts';
import { queryOf } from './query-event.ts';
import { type TableMap, tableMap, tableMapName } from './table-map.ts';

/** Bytes of an event's header, and of the checksum behind it. */
const HEADER = 19;
const CHECKSUM = 4;
/** The server made the event up for this reader: it has no place in the file. */
const ARTIFICIAL_FLAG = 0x20;
const IN_USE_FLAG = 1;
/** Ids of tables, after whose rows a statement ends without rows. */
const NO_TABLE = new Set([0xffffff, 0xffffffff, 0xffffffffffff]);
/** Ids of tables kept: a server gives a new one whenever a table is opened anew. */
const MOST_MAPS = 4096;

/** A table's map as it came last: equal bytes mean the same again. */
interface KnownMap {
  readonly bytes: Buffer;
  /** Undefined: its rows are not wanted. */
  readonly map: TableMap | undefined;
}

/**
 * Takes a log's events apart: what a transaction is, which table rows belong to, where the log stands. Rows stay bytes.
 * Throws `cdc.undecodable`, `cdc.log-settings`.
 */
export class LogDecoder {
  readonly #isWanted: IsWanted;
  readonly #at: string;
  #checksums = true;
  #file: string;
  #place: number;
  /** Of the first file: events before this place were handed on by an earlier read. */
  readonly #from: { readonly file: string; readonly at: number } | undefined;
  #start: TransactionStart = { gtid: undefined };
  /** Inside BEGIN and COMMIT. */
  #open = false;
  #xa = false;
  #maps = new Map<number, KnownMap>();
  /** By table: the newest map, whatever its id. */
  readonly #newest = new Map<string, KnownMap>();

  constructor({ from, at, isWanted }: { readonly from: LogPoint; readonly at: string; readonly isWanted: IsWanted }) {
    this.#isWanted = isWanted;
    this.#at = at;
    this.#from = 'file' in from ? from : undefined;
    this.#file = this.#from?.file ?? '';
    this.#place = this.#from?.at ?? 0;
  }

  /** Reads one event of the server; undefined: it says nothing by itself. Invariant 2: one whose checksum is wrong is never read. */
  read(buffer: Buffer, start: number, end: number): LogEvent | undefined {
    const type = buffer[start + 4]!;
    const body = this.#checked(buffer, start, end, type);
    if (type === EVENT.rotate) return this.#rotate(buffer, start, body);
    // A new file, or this one again: ids of tables begin anew.
    if (type === EVENT.format) this.#maps.clear();
    const next = buffer.readUInt32LE(start + 13);
    const hasPlace = next !== 0 && !isHeartbeat(type) && (buffer.readUInt16LE(start + 17) & ARTIFICIAL_FLAG) === 0;
    if (hasPlace && this.#move(end - start, next)) return undefined;
    return this.event(buffer, start, body);
  }

  /** Reads one event, without a checksum, that has no place of its own in the file. */
  event(buffer: Buffer, start: number, end: number): LogEvent | undefined {
    const type = buffer[start + 4]!;
    const body = start + HEADER;
    const rows = rowsForms[type];
    if (rows !== undefined) return this.#rows(buffer, body, end, rows);
    switch (type) {
      case EVENT.tableMap:
        this.#tableMap(buffer, body, end);
        return undefined;
      case EVENT.gtid:
      case EVENT.anonymousGtid:
        this.#begin(mysqlGtid(buffer, body, end, type === EVENT.anonymousGtid), false);
        return undefined;
      case EVENT.gtidTagged:
        this.#begin(taggedGtid(buffer, body), false);
        return undefined;
      case EVENT.mariadbGtid:
        this.#mariadbBegin(buffer, start);
        return undefined;
      case EVENT.query:
      case EVENT.queryCompressed:
        return this.#query(buffer, start, end, type === EVENT.queryCompressed);
      case EVENT.xid:
      case EVENT.xaPrepare:
        return this.#commit(buffer, start);
      case EVENT.payload:
        return payloadOf(buffer, body, end);
      default:
        this.#other(type, buffer.readUInt16LE(start + 17));
        return undefined;
    }
  }

  /** The end of the event's body. */
  #checked(buffer: Buffer, start: number, end: number, type: number): number {
    if (end - start < HEADER || buffer.readUInt32LE(start + 9) !== end - start) throw this.#broken('an event is cut');
    if (type === EVENT.format) {
      // The flag is set while the file is written to, and the checksum is made without it.
      buffer[start + 17]! &= ~IN_USE_FLAG;
      this.#checksums = buffer[end - CHECKSUM - 1] === 1;
    }
    const body = end - CHECKSUM;
    const sum = () => crc32(buffer.subarray(start, body)) === buffer.readUInt32LE(body);
    // Before the first format event nothing says whether there are checksums: the name of a file tells by itself.
    if (type === EVENT.rotate) return sum() ? body : end;
    if (!this.#checksums) return type === EVENT.format ? body : end;
    if (!sum()) throw this.#broken('the checksum of an event is wrong');
    return body;
  }

  #rotate(buffer: Buffer, start: number, end: number): undefined {
    this.#file = buffer.toString('utf8', start + HEADER + 8, end);
    this.#place = Number(buffer.readBigUInt64LE(start + HEADER));
  }

  /** Moves on by the event's size: its header has only 32 bits for where it ends. True: it lies before where the read begins. */
  #move(size: number, next: number): boolean {
    this.#place += size;
    if (this.#from === undefined) return false;
    if (this.#place % 2 ** 32 !== next) throw this.#broken(`an event ends at ${next} and not at ${this.#place}`);
    return this.#file === this.#from.file && this.#place <= this.#from.at;
  }

  #mark(): LogMark {
    return { file: this.#file, at: this.#place, gtid: this.#start.gtid };
  }

  #committedAt(buffer: Buffer, start: number): Date {
    const { committedAt } = this.#start;
    return new Date(committedAt === undefined ? buffer.readUInt32LE(start) * 1000 : committedAt / 1000);
  }

  #begin(start: TransactionStart, open: boolean): void {
    this.#start = start;
    this.#open = open;
    this.#xa = false;
  }

  #mariadbBegin(buffer: Buffer, start: number): void {
    const { gtid, alone, xa } = mariadbGtid(buffer, start + HEADER, buffer.readUInt32LE(start + 5));
    this.#begin({ gtid }, !alone);
    this.#xa = xa;
  }

  #commit(buffer: Buffer, start: number): LogEvent {
    const event: LogEvent = { kind: 'commit', mark: this.#mark(), at: this.#committedAt(buffer, start) };
    this.#open = false;
    this.#xa = false;
    return event;
  }

  #query(buffer: Buffer, start: number, end: number, compressed: boolean): LogEvent | undefined {
    const { sql, database } = queryOf(buffer, start + HEADER, end, compressed ? this.#inflated : undefined);
    const word = sql.trim().toUpperCase();
    if (word === 'COMMIT') return this.#commit(buffer, start);
    this.#xa ||= word.startsWith('XA START');
    if (word === 'BEGIN') this.#open = true;
    if (word === 'BEGIN' || word.startsWith('XA START') || word.startsWith('XA END')) return undefined;
    // What an XA transaction did to rows came before: rows that are wanted would have stopped the read there.
    if (word.startsWith('XA ')) return this.#commit(buffer, start);
    const alone = word === 'ROLLBACK' || (!this.#open && !/\bSTART TRANSACTION$/.test(word));
    this.#open = !alone;
    const at = this.#committedAt(buffer, start);
    return { kind: 'statement', database, sql, alone, mark: this.#mark(), at };
  }

  #tableMap(buffer: Buffer, body: number, end: number): void {
    const id = buffer.readUIntLE(body, 6);
    const start = body + 8;
    const bytes = buffer.subarray(start, end);
    if (this.#maps.get(id)?.bytes.equals(bytes)) return;
    const table = tableMapName(buffer, start);
    const name = streamText(table);
    let known = this.#newest.get(name);
    if (known === undefined || !known.bytes.equals(bytes)) {
      const own = Buffer.from(bytes);
      known = { bytes: own, map: this.#isWanted(table) ? tableMap(own, 0, own.length) : undefined };
      if (known.map !== undefined) this.#newest.set(name, known);
    }
    if (this.#maps.size >= MOST_MAPS) this.#maps.clear();
    this.#maps.set(id, known);
  }

  #rows(buffer: Buffer, body: number, end: number, { what, second, compressed }: RowsForm): LogEvent | undefined {
    const id = buffer.readUIntLE(body, 6);
    const known = this.#maps.get(id);
    if (known === undefined && NO_TABLE.has(id)) return undefined;
    if (known === undefined) throw this.#broken('rows belong to no table');
    const { map } = known;
    if (map === undefined) return undefined;
    this.#requireRows(map);
    let at = body + 8;
    if (second) at += buffer.readUInt16LE(at);
    let width = buffer[at++]!;
    if (width > 0xfa) {
      if (width !== 0xfc) throw this.#broken('a row has too many columns');
      width = buffer.readUInt16LE(at);
      at += 2;
    }
    if (width !== map.columns!.length) throw this.#broken('rows have other columns than their table');
    const bits = (width + 7) >> 3;
    const present = buffer.subarray(at, at + bits);
    at += bits;
    const presentAfter = what === 'update' ? buffer.subarray(at, at + bits) : present;
    if (what === 'update') at += bits;
    const rows = compressed ? this.#inflated(buffer.subarray(at, end)) : undefined;
    const mark = this.#mark();
    if (rows === undefined) return { kind: 'rows', what, map, mark, buffer, at, end, present, presentAfter };
    return { kind: 'rows', what, map, mark, buffer: rows, at: 0, end: rows.length, present, presentAfter };
  }

  /** Throws where the rows that follow cannot be read. */
  #requireRows({ table, columns, unknown, named }: TableMap): void {
    const at = streamText(table);
    const again = 'then forget the stream with `millrace position reset` and run again';
    if (this.#xa) {
      throw millraceError('cdc.undecodable', `${at} was changed by an XA transaction, which is not read`, {
        at,
        fix: `Keep XA transactions away from the table; ${again}.`,
      });
    }
    if (columns === undefined) {
      throw millraceError('cdc.undecodable', `${at} has a column of a type that is not read (${unknown})`, {
        at,
        fix: `Where it is a date or time from before MySQL 5.6, \`ALTER TABLE ... FORCE\` gives it today's form; ${again}.`,
      });
    }
    if (named) return;
    throw millraceError('cdc.log-settings', `the log at ${this.#at} does not name the columns of ${at}`, {
      at,
      fix: `Set binlog_row_metadata = FULL on the server, ${again}.`,
    });
  }

  /** MariaDB's form: a byte of method and of how many bytes say the length, the length, the bytes. */
  readonly #inflated = (bytes: Buffer): Buffer => {
    const first = bytes[0]!;
    const lengthBytes = first & 7;
    if ((first & 0x70) !== 0) throw this.#broken('an event is compressed in a way that is not known');
    const size = bytes.readUIntBE(1, lengthBytes);
    const inflated = inflateSync(bytes.subarray(1 + lengthBytes), { maxOutputLength: Math.max(size, 1) });
    if (inflated.length !== size) throw this.#broken('a compressed event is cut');
    return inflated;
  };

  #other(type: number, flags: number): void {
    if (passedOver.has(type) || (flags & IGNORABLE_FLAG) !== 0) return;
    if (type === EVENT.partialUpdate) {
      throw millraceError('cdc.undecodable', `the log at ${this.#at} holds parts of JSON values`, {
        at: this.#at,
        fix: "Set binlog_row_value_options = '' on the server, then forget the stream with `millrace position reset` and run again.",
      });
    }
    if (type === EVENT.incident) {
      throw millraceError('cdc.undecodable', `the server at ${this.#at} says that its log has a gap (an incident)`, {
        at: this.#at,
        fix: 'Forget the streams with `millrace position reset` and run again: they are copied anew.',
      });
    }
    if (type === EVENT.beginLoadQuery || type === EVENT.executeLoadQuery) {
      throw millraceError('cdc.undecodable', `the log at ${this.#at} holds a LOAD DATA as a statement`, {
        at: this.#at,
        fix: 'Set binlog_format = ROW on the server, then forget the stream with `millrace position reset` and run again.',
      });
    }
    throw this.#broken(`event ${type} is not known`);
  }

  #broken(why: string): MillraceError {
    return millraceError('cdc.undecodable', `the log at ${this.#at} cannot be read: ${why}`, { at: this.#at });
  }
}

function isHeartbeat(type: number): boolean {
  return type === EVENT.heartbeat || type === EVENT.heartbeat2;
}
