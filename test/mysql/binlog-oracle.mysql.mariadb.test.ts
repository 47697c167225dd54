import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import avro from 'avsc';
import { avroSchema, rowStart } from '../../connectors/avro/index.ts';
import {
  type Batch,
  type ColumnType,
  type Layout,
  OP,
  type Slab,
  type StreamSchema,
  slabRows,
} from '../../connectors/contract/index.ts';
import { longs } from '../avro/oracle-long.ts';
import { openDatabase, type TestDatabase } from '../pipeline.ts';
import { mysqlClient } from '../services/recipes/mysql.ts';
import { startServer } from '../services/server.ts';
import { sharedUrl } from '../services/shared.ts';
import { batchesOf, follow, messagesOf, openSource, requestOf } from './log-source.ts';
import { changeUntil, seeded, WORKLOAD_TABLES } from './workload.ts';

/** A change of a table: images as the texts that the servers' own programs print, undefined where there is none. */
interface Change {
  readonly before: readonly string[] | undefined;
  readonly after: readonly string[] | undefined;
}

const TYPED = `CREATE TABLE typed (id BIGINT UNSIGNED PRIMARY KEY, i INT, t TINYINT UNSIGNED, m MEDIUMINT, d DECIMAL(30,9), g DOUBLE, f FLOAT,
  at DATETIME(6), day DATE, tm TIME(3), ts TIMESTAMP(2) NULL, y YEAR, c CHAR(9), v VARCHAR(300), b VARBINARY(40), x BLOB, bits BIT(17)) COLLATE utf8mb4_bin`;
/** Tables, and how many columns their keys have. */
const TABLES: Readonly<Record<string, number>> = { a: 1, b: 2, typed: 1 };
const LAYOUTS: readonly Layout[] = ['text', 'typed'];

/** Columns of `typed` by number; the programs do not know. */
const UNSIGNED: ReadonlySet<number> = new Set([0, 2]);

function typedRow(draw: (below: number) => number): string {
  const or = (literal: string) => (draw(7) === 0 ? 'NULL' : literal);
  const texts = ["'Zoë 🚲'", "''", "'it''s\\\\n'", `REPEAT('x', ${draw(300)})`, "'\\n\\t\\0'"];
  const bytes = () =>
    or(`UNHEX('${Array.from({ length: draw(20) }, () => draw(256).toString(16).padStart(2, '0')).join('')}')`);
  return [
    `${draw(2 ** 31)} * ${draw(2 ** 31)}`,
    or(`${draw(2 ** 31)} - ${draw(2 ** 31)}`),
    or(`${draw(256)}`),
    or(`${draw(2 ** 23)} - ${draw(2 ** 23)}`),
    or(`-${draw(1e9)}.${draw(1e9)}`),
    or(`${draw(1e9)} / ${1 + draw(1e6)}e0`),
    or(`-${draw(1e6)} / ${1 + draw(1e3)}e0`),
    or(
      `'20${10 + draw(89)}-0${1 + draw(9)}-${10 + draw(18)} 0${draw(9)}:${10 + draw(49)}:59.${100_000 + draw(899_999)}'`,
    ),
    or(`'1${100 + draw(899)}-12-${10 + draw(21)}'`),
    or(`'-${draw(800)}:${10 + draw(49)}:01.${100 + draw(899)}'`),
    or(`'2024-0${1 + draw(9)}-11 11:22:33.${10 + draw(89)}'`),
    or(`${1901 + draw(250)}`),
    or(texts[draw(2)]!),
    or(texts[draw(texts.length)]!),
    bytes(),
    bytes(),
    or(`${draw(2 ** 17)}`),
  ].join(', ');
}

describe("what the servers' own programs read in a log of random changes is what avsc reads of its decoded form", {
  concurrency: 2,
}, () => {
  for (const server of ['mysql', 'mariadb'] as const) {
    it(`${server}: operations, images before and after, in their order`, async () => {
      await using stack = new AsyncDisposableStack();
      const url = await (server === 'mysql' ? sharedUrl(server) : ownServer(stack));
      await using database = await openDatabase(server, url);
      await database.run(...WORKLOAD_TABLES, TYPED, "SET time_zone = '+00:00'", "SET sql_mode = 'STRICT_ALL_TABLES'");
      const followed = await Promise.all(
        LAYOUTS.map(async (layout) => {
          const source = stack.use(openSource(database));
          const request = requestOf(database, Object.keys(TABLES), 'cdc', { layout });
          return { layout, ...(await follow(source, { ...request, before: true })) };
        }),
      );
      const from = await logEnd(database);
      await change(database, 20_241_125);
      const until = await logEnd(database);
      const theirs = await printed(url, database, from, until);
      for (const { layout, lane, after } of followed) {
        const ours = decoded(batchesOf(await messagesOf(lane, after)), layout);
        for (const table of Object.keys(TABLES)) {
          const [own = [], other = []] = [ours.get(table), theirs.get(table)];
          const title = `${table}, layout ${layout}`;
          assert.ok(other.length > 50, `${title}: ${other.length} changes`);
          for (const [n, expected] of other.entries()) assert.deepEqual(own[n], expected, `change ${n} of ${title}`);
          assert.equal(own.length, other.length, title);
        }
      }
    });
  }
});

/** The shared one does not name columns in its log. */
async function ownServer(stack: AsyncDisposableStack): Promise<string> {
  const server = await startServer('mariadb', { flags: ['--binlog-row-metadata=FULL'] });
  stack.defer(() => server.stop());
  return server.url;
}

async function change(database: TestDatabase, seed: number): Promise<void> {
  const draw = seeded(seed);
  for (let n = 0; n < 60; n++) {
    await database.run(
      `REPLACE INTO typed VALUES (${typedRow(draw)})`,
      `UPDATE typed SET i = i - 1, v = 'ö', id = id + 1 WHERE id % 7 = ${draw(7)}`,
      `DELETE FROM typed WHERE id % 31 = ${draw(31)}`,
    );
  }
  await changeUntil(database, AbortSignal.timeout(3_000), seed);
}

interface LogPlace {
  readonly file: string;
  readonly at: string;
}

async function logEnd(database: TestDatabase): Promise<LogPlace> {
  const sql = database.server === 'mariadb' ? 'SHOW MASTER STATUS' : 'SHOW BINARY LOG STATUS';
  const [[file, at] = []] = await database.run(sql);
  return { file: file!, at: at! };
}

/** Changes by table, as avsc reads what millrace has encoded. */
function decoded(batches: readonly Batch[], layout: Layout): Map<string, Change[]> {
  const changes = new Map<string, Change[]>();
  for (const { schema, rows, before, ops, rejects } of batches) {
    assert.equal(rejects?.length ?? 0, 0);
    const found = changes.get(schema.stream.name) ?? [];
    changes.set(schema.stream.name, found);
    const read = reader(schema, layout);
    for (let row = 0; row < slabRows(rows); row++) {
      const op = ops![row]!;
      found.push({
        before: op === OP.insert ? undefined : read(before!, row),
        after: op === OP.delete ? undefined : read(rows, row),
      });
    }
  }
  return changes;
}

function reader(schema: StreamSchema, layout: Layout): (slab: Slab, row: number) => string[] {
  const isLong = (type: unknown) =>
    type === 'long' || (typeof type === 'object' && (type as { type?: unknown }).type === 'long');
  const type = avro.Type.forSchema(avroSchema(schema, layout) as avro.Schema, {
    typeHook: (part) => (isLong(part) ? longs : undefined),
    wrapUnions: false,
  });
  return (slab, row) => {
    // avsc refuses bytes that are left behind the record.
    const record = type.fromBuffer(Buffer.from(slab.bytes.subarray(rowStart(slab, row), slab.ends[row]))) as object;
    return Object.values(record).map((value, i) => ourText(value, schema.columns[i]!.type));
  };
}

/** Numbers in the digits that the programs print; bytes of texts as latin1. */
function ourText(value: unknown, type: ColumnType): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return type.kind === 'float' ? digits(value) : String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return Buffer.from(value).toString('latin1');
  assert.ok(Buffer.isBuffer(value));
  if (type.kind === 'bit') return BigInt(`0x${value.toString('hex') || '0'}`).toString(2);
  if (type.kind === 'integer') return scaled(value, 0);
  return type.kind === 'decimal' ? scaled(value, type.scale) : value.toString('latin1');
}

/** A number in two's complement, highest byte first, with so many digits behind the point. */
function scaled(bytes: Buffer, scale: number): string {
  const number = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const text = (number < 0n ? -number : number).toString().padStart(scale + 1, '0');
  const point = text.length - scale;
  return `${number < 0n ? '-' : ''}${text.slice(0, point)}${scale === 0 ? '' : `.${text.slice(point)}`}`;
}

const digits = (value: number) => value.toPrecision(6);

const run = promisify(execFile);

/** Changes by table, as the server's program prints them. */
async function printed(
  url: string,
  { name, server }: TestDatabase,
  from: LogPlace,
  until: LogPlace,
): Promise<Map<string, Change[]>> {
  assert.equal(from.file, until.file, 'the log was not rotated meanwhile');
  const { hostname, port, username } = new URL(url);
  const [program, ...words] = server === 'mysql' ? await mysqlClient('mysqlbinlog') : ['mariadb-binlog'];
  const { stdout } = await run(
    program!,
    [
      ...[
        ...words,
        '--no-defaults',
        '--read-from-remote-server',
        `--host=${hostname}`,
        `--port=${port}`,
        `--user=${username}`,
      ],
      ...[
        '--base64-output=decode-rows',
        '-vv',
        `--start-position=${from.at}`,
        `--stop-position=${until.at}`,
        from.file,
      ],
    ],
    { maxBuffer: 2 ** 30, encoding: 'latin1', env: { ...process.env, TZ: 'UTC' } },
  );
  return parsed(stdout, name, server === 'mysql' ? unescaped : unescapedControls);
}

function parsed(text: string, database: string, plain: (text: string) => string): Map<string, Change[]> {
  const changes = new Map<string, Change[]>();
  let [table, before, after, current]: [string | undefined, string[] | undefined, string[] | undefined, string[]] = [
    undefined,
    undefined,
    undefined,
    [],
  ];
  const close = () => {
    if (table !== undefined)
      changes.set(table, [...(changes.get(table) ?? []), ...split({ before, after }, TABLES[table]!)]);
    [table, before, after] = [undefined, undefined, undefined];
  };
  for (const line of text.split('\n')) {
    const head = /^### (?:INSERT INTO|UPDATE|DELETE FROM) `(\w+)`\.`(\w+)`/.exec(line);
    if (head !== null) {
      close();
      if (head[1] === database) table = head[2];
    } else if (!line.startsWith('### ')) close();
    else if (line === '### WHERE') current = before = [];
    else if (line === '### SET') current = after = [];
    else current.push(theirText(line, plain, table === 'typed' && UNSIGNED.has(current.length)));
  }
  close();
  return changes;
}

/** A change of a key is told as the row that goes and the one that comes. */
function split(change: Change, keys: number): Change[] {
  const { before, after } = change;
  const isMoved = before?.slice(0, keys).some((text, i) => after !== undefined && text !== after[i]);
  if (!isMoved) return [change];
  return [
    { before, after: undefined },
    { before: undefined, after },
  ];
}

/** A value as it is printed, e.g. `###   @2=-1 (255) /* TINYINT meta=0 nullable=1 is_null=0 *\/`. */
function theirText(line: string, plain: (text: string) => string, isUnsigned: boolean): string {
  const [, value = '', type = ''] = /^### {3}@\d+=(.*) \/\* ([A-Z0-9_]+)/.exec(line) ?? [];
  if (value === 'NULL') return value;
  if (value.startsWith("b'")) return BigInt(`0b${value.slice(2, -1)}`).toString(2);
  if (type === 'DATE') return value.replaceAll(':', '-').replaceAll("'", '');
  if (value.startsWith("'")) return plain(value.slice(1, -1));
  const [, signed, unsigned] = /^(-\d+) \((\d+)\)$/.exec(value) ?? [];
  if (signed !== undefined) return isUnsigned ? unsigned! : signed;
  if (/^(FLOAT|DOUBLE)/.test(type)) return digits(Number(value));
  if (/^TIMESTAMP/.test(type)) return timestamp(value);
  return value;
}

/** Seconds since 1970, with a part of two digits. */
function timestamp(seconds: string): string {
  const [whole, part] = seconds.split('.');
  return `${new Date(Number(whole) * 1000).toISOString().slice(0, 19).replace('T', ' ')}.${part}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  b: '\b',
  v: '\v',
  a: '\x07',
  0: '\0',
};

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, hex: string | undefined, sign: string) =>
    hex === undefined ? (ESCAPES[sign] ?? sign) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** MariaDB's program leaves backslashes as they are. */
function unescapedControls(text: string): string {
  return text.replaceAll(/\\x([01][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
