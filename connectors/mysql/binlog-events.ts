import type ZongJi from '@vlasky/zongji';
import type { ConnectionOptions } from 'mysql2';
import { MillraceError, millraceError, type StreamName } from '../contract/index.ts';
import type { LogMark, LogPoint } from './log-point.ts';

/** Values of a row image by column name, in the forms of the decoder; `valueReader` makes canonical values of them. */
export type LogValues = Readonly<Record<string, unknown>>;

export interface LogRow {
  readonly before?: LogValues;
  readonly after?: LogValues;
}

/** What a log says. Rows come in the order of the log, each under the columns that its table had at that time. */
export type LogEvent =
  | {
      readonly kind: 'rows';
      readonly table: StreamName;
      readonly columns: readonly string[];
      readonly rows: readonly LogRow[];
      readonly mark: LogMark;
    }
  | { readonly kind: 'commit'; readonly mark: LogMark; readonly at: Date }
  /** Neither BEGIN nor COMMIT. `alone`: it is a transaction by itself. */
  | {
      readonly kind: 'statement';
      readonly database: string;
      readonly sql: string;
      readonly alone: boolean;
      readonly mark: LogMark;
      readonly at: Date;
    };

export interface LogOptions {
  /** Without the settings of a session. */
  readonly connection: ConnectionOptions;
  readonly from: LogPoint;
  readonly tables: readonly StreamName[];
  /** The server, for messages. */
  readonly at: string;
  /** Makes an error of what the connection threw. */
  readonly onError: (thrown: unknown) => Error;
}

/** Row images that may wait for the reader before the server is held off. */
const MOST_WAITING = 2000;

/** Values as text wherever that is exact. The decoder asks the server some questions of its own, and wants rows as objects. */
const decoding: ConnectionOptions & { jsonStrings: boolean } = {
  rowsAsArray: false,
  typeCast: true,
  dateStrings: true,
  timezone: 'Z',
  jsonStrings: true,
};

const wanted = [
  ...['tablemap', 'writerows', 'updaterows', 'deleterows', 'query', 'xid', 'xaprepare', 'rotate'],
  ...['gtid', 'anonymousgtid', 'mariadbgtid'],
];

/**
 * Reads a log from a point to where it ends at present. The one place that knows the decoder. Throws `cdc.undecodable`, `cdc.log-settings`,
 * `source.history-lost`, and what the connection throws.
 */
export async function* readLog(options: LogOptions, signal: AbortSignal): AsyncGenerator<LogEvent, void, undefined> {
  // Loaded when it is needed: it brings tables of all character sets.
  const { default: Decoder } = await import('@vlasky/zongji');
  const decoder = new Decoder({ ...options.connection, ...decoding });
  const queue = new EventQueue(
    () => wire(decoder)?.pause(),
    () => wire(decoder)?.resume(),
  );
  const translator = new Translator(options, queue);
  decoder.on('error', (thrown: Error) => queue.fail(logError(thrown, options)));
  decoder.on('binlog', (event: unknown) => translator.take(event as RawEvent));
  decoder.on('ready', () => onEnd(decoder, () => queue.end()));
  const abort = () => queue.fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    decoder.start({ ...startOf(options.from), ...filter(options.tables), serverId: replicaId(), nonBlock: true });
    yield* queue.events();
  } finally {
    signal.removeEventListener('abort', abort);
    await stopped(decoder);
  }
}

function startOf(from: LogPoint) {
  return 'gtid' in from ? { gtidSet: from.gtid } : { filename: from.file, position: from.at };
}

function filter(tables: readonly StreamName[]) {
  const byDatabase = Map.groupBy(tables, (table) => table.namespace);
  const includeSchema = Object.fromEntries(
    [...byDatabase].map(([name, own]) => [name, own.map((table) => table.name)]),
  );
  return { includeEvents: wanted, includeSchema };
}

/** Two readers of one id end each other's connection. */
function replicaId(): number {
  return 0x80000000 + Math.floor(Math.random() * 0x7ffffff0);
}

interface Wire {
  pause(): void;
  resume(): void;
}

function wire(decoder: ZongJi): Wire | undefined {
  return (Reflect.get(decoder, 'connection') as Wire | null) ?? undefined;
}

type EmitterClass = new (...words: unknown[]) => NodeJS.EventEmitter;

/** The decoder does not tell of the log's end: the command that it is about to send does. */
function onEnd(decoder: ZongJi, told: () => void): void {
  const Command = Reflect.get(decoder, 'BinlogClass') as EmitterClass;
  Reflect.set(
    decoder,
    'BinlogClass',
    class extends Command {
      constructor(...words: unknown[]) {
        super(...words);
        this.once('eof', told);
      }
    },
  );
}

function stopped(decoder: ZongJi): Promise<void> {
  return new Promise((resolve) => {
    decoder.removeAllListeners();
    decoder.on('error', () => undefined);
    decoder.once('stopped', () => resolve());
    decoder.stop();
  });
}

/** 1236: the log that is asked for is not there; 1945 and 1955: MariaDB's words for a position that it never had. */
const lostNumbers = new Set([1236, 1945, 1955]);

function logError(thrown: Error & { errno?: number }, { at, onError }: LogOptions): Error {
  if (thrown instanceof MillraceError) return thrown;
  if (lostNumbers.has(thrown.errno ?? 0)) {
    return millraceError('source.history-lost', `the log at ${at} cannot be read on: ${thrown.message}`, {
      at,
      cause: thrown,
    });
  }
  const { code } = thrown as { code?: string };
  if (thrown.errno !== undefined || code !== undefined) return onError(thrown);
  return millraceError('cdc.undecodable', `the log at ${at}: ${thrown.message}`, { at, cause: thrown });
}

/** What of the decoder's events is used. */
interface RawEvent {
  readonly timestamp: number;
  readonly nextPosition: number;
  readonly gtid?: string;
  getTypeName(): string;
  readonly query?: string;
  readonly schema?: string;
  readonly standalone?: boolean;
  readonly binlogName?: string;
  readonly schemaName?: string;
  readonly tableName?: string;
  hasSelfDescribingMetadata?(): boolean;
  readonly tableId?: number;
  readonly numberOfColumns?: number;
  readonly columns_present_bitmap?: Uint8Array;
  readonly columns_present_bitmap2?: Uint8Array;
  readonly tableMap?: Readonly<Record<number, RawTable>>;
  readonly rows?: readonly LogValues[];
}

interface RawTable {
  readonly parentSchema: string;
  readonly tableName: string;
  readonly columns: readonly { readonly name: string }[];
}

/** Turns the decoder's events into ours. */
class Translator {
  readonly #queue: EventQueue;
  readonly #at: string;
  #file: string;
  /** Inside BEGIN and COMMIT. */
  #open = false;
  #xa = false;

  constructor({ from, at }: LogOptions, queue: EventQueue) {
    this.#queue = queue;
    this.#at = at;
    this.#file = 'file' in from ? from.file : '';
  }

  take(event: RawEvent): void {
    const type = event.getTypeName();
    if (type === 'Rotate') this.#file = event.binlogName!;
    else if (type === 'Gtid' || type === 'AnonymousGtid') this.#begin(false);
    else if (type === 'MariadbGtid') this.#begin(event.standalone !== true);
    else if (type === 'TableMap') this.#table(event);
    else if (type === 'Query') this.#statement(event);
    else if (type === 'Xid' || type === 'XaPrepare') this.#commit(event);
    else this.#rows(event, type);
  }

  #begin(open: boolean): void {
    this.#open = open;
    this.#xa = false;
  }

  #mark({ gtid, nextPosition }: RawEvent): LogMark {
    return { file: this.#file, at: nextPosition, ...(gtid === undefined ? {} : { gtid }) };
  }

  /** Without names in the log, columns could only be guessed at from the table as it is now. */
  #table(event: RawEvent): void {
    if (event.hasSelfDescribingMetadata?.()) return;
    const table = `${event.schemaName}.${event.tableName}`;
    this.#queue.fail(
      millraceError('cdc.log-settings', `the log at ${this.#at} does not name the columns of ${table}`, {
        at: table,
        fix: 'Set binlog_row_metadata = FULL on the server, then forget the stream with `millrace position reset` and run again.',
      }),
    );
  }

  #statement(event: RawEvent): void {
    const sql = event.query!;
    const word = sql.trim().toUpperCase();
    if (word === 'COMMIT') {
      this.#commit(event);
      return;
    }
    this.#xa ||= word.startsWith('XA START');
    if (word === 'BEGIN') this.#open = true;
    if (word === 'BEGIN' || word.startsWith('XA ')) return;
    const alone = word === 'ROLLBACK' || (!this.#open && !/\bSTART TRANSACTION$/.test(word));
    this.#open = !alone;
    const mark = this.#mark(event);
    this.#queue.push({ kind: 'statement', database: event.schema!, sql, alone, mark, at: new Date(event.timestamp) });
  }

  #commit(event: RawEvent): void {
    this.#begin(false);
    this.#queue.push({ kind: 'commit', mark: this.#mark(event), at: new Date(event.timestamp) });
  }

  #rows(event: RawEvent, type: string): void {
    const raw = event.tableMap?.[event.tableId ?? -1];
    if (raw === undefined || event.rows === undefined) return;
    const table = { namespace: raw.parentSchema, name: raw.tableName };
    const name = `${table.namespace}.${table.name}`;
    const wrong = this.#unread(event, name);
    if (wrong !== undefined) {
      this.#queue.fail(wrong);
      return;
    }
    const columns = raw.columns.map((column) => column.name);
    this.#queue.push({ kind: 'rows', table, columns, rows: event.rows.map(rowOf(type)), mark: this.#mark(event) });
  }

  #unread(event: RawEvent, at: string): MillraceError | undefined {
    if (this.#xa) {
      return millraceError('cdc.undecodable', `${at} was changed by an XA transaction, which is not read`, {
        at,
        fix: 'Keep XA transactions away from the table; forget the stream with `millrace position reset` and run again.',
      });
    }
    if (isWhole(event)) return undefined;
    return millraceError('cdc.log-settings', `the log at ${this.#at} holds parts of rows of ${at}`, {
      at,
      fix: 'Set binlog_row_image = FULL on the server, then forget the stream with `millrace position reset` and run again.',
    });
  }
}

function rowOf(type: string): (values: LogValues) => LogRow {
  if (type === 'WriteRows') return (after) => ({ after });
  if (type === 'DeleteRows') return (before) => ({ before });
  return (values) => values as LogRow;
}

/** Whether the images hold every column: one that is absent reads like a NULL. */
function isWhole({ numberOfColumns: columns, columns_present_bitmap: one, columns_present_bitmap2: two }: RawEvent) {
  const whole = (bits: Uint8Array | undefined) =>
    bits === undefined || Array.from({ length: columns! }, (_, i) => bits[i >> 3]! & (1 << (i & 7))).every(Boolean);
  return whole(one) && whole(two);
}

/** Events between the decoder, which pushes, and the reader, which pulls. */
class EventQueue {
  #events: LogEvent[] = [];
  #weight = 0;
  #held = false;
  #end: { readonly failed: boolean; readonly reason?: unknown } | undefined;
  #wake: () => void = () => undefined;
  readonly #hold: () => void;
  readonly #release: () => void;

  constructor(hold: () => void, release: () => void) {
    this.#hold = hold;
    this.#release = release;
  }

  push(event: LogEvent): void {
    if (this.#end !== undefined) return;
    this.#events.push(event);
    this.#weight += event.kind === 'rows' ? event.rows.length : 1;
    if (this.#weight >= MOST_WAITING && !this.#held) {
      this.#held = true;
      this.#hold();
    }
    this.#wake();
  }

  end(): void {
    this.#end ??= { failed: false };
    this.#wake();
  }

  fail(reason: unknown): void {
    this.#end ??= { failed: true, reason };
    this.#wake();
  }

  /** What was pushed before the end comes before it. */
  async *events(): AsyncGenerator<LogEvent, void, undefined> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      this.#weight = 0;
      if (this.#held && this.#end === undefined) this.#release();
      this.#held = false;
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#end?.failed) throw this.#end.reason;
      if (this.#end !== undefined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      if (this.#events.length === 0 && this.#end === undefined) await promise;
    }
  }
}
