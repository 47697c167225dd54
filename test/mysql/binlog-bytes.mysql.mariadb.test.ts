import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Layout } from '../../connectors/contract/index.ts';
import { openDatabase, type ServerName, type TestDatabase } from '../pipeline.ts';
import { startServer } from '../services/server.ts';
import { batchesOf, copied, follow, messagesOf, openSource, requestOf, rowBytes } from './log-source.ts';
import { seeded } from './workload.ts';

/** Columns of one table by type, and values as SQL literals. Each value becomes a row of its table, alone in its transaction. */
interface Sample {
  readonly type: string;
  readonly values: readonly string[];
}

const text = (hex: string) => `CONVERT(X'${Buffer.from(hex, 'utf8').toString('hex')}' USING utf8mb4)`;
const integers = (name: string, bits: number): Sample[] => {
  const half = 2n ** BigInt(bits - 1);
  const around = (numbers: readonly bigint[]) => numbers.map(String);
  return [
    { type: name, values: around([-half, -half + 1n, -64n, -65n, -1n, 0n, 1n, 63n, 64n, half - 2n, half - 1n]) },
    { type: `${name} UNSIGNED`, values: around([0n, 1n, 64n, half - 1n, half, 2n * half - 2n, 2n * half - 1n]) },
  ];
};
const decimals = [
  [1, 0],
  [5, 5],
  [9, 0],
  [10, 2],
  [18, 4],
  [20, 9],
  [38, 10],
  [65, 0],
  [65, 30],
  [30, 30],
].map(([precision, scale]): Sample => {
  const whole = '9'.repeat(precision! - scale!) || '0';
  const most = scale === 0 ? whole : `${whole}.${'9'.repeat(scale!)}`;
  const least = scale === 0 ? '1' : `0.${'0'.repeat(scale! - 1)}1`;
  // Groups of nine digits that are all zeros, between ones that are not.
  const round = scale === precision ? least : `1${'0'.repeat(precision! - scale! - 1)}`;
  return {
    type: `DECIMAL(${precision},${scale})`,
    values: [most, `-${most}`, least, `-${least}`, round, `-${round}`, '0', '-0'],
  };
});
const temporals = [0, 1, 2, 3, 4, 5, 6].flatMap((fsp): Sample[] => {
  const part = fsp === 0 ? '' : `.${'987654'.slice(0, fsp)}`;
  const last = fsp === 0 ? '' : `.${'0'.repeat(fsp - 1)}1`;
  return [
    {
      type: `DATETIME(${fsp})`,
      values: [
        `'2024-02-29 23:59:59${part}'`,
        `'0000-00-00 00:00:00'`,
        `'9999-12-31 00:00:00${last}'`,
        `'2024-02-31 01:02:03'`,
        `'0001-01-01 00:00:00'`,
      ],
    },
    {
      type: `TIMESTAMP(${fsp}) NULL`,
      values: [
        `'2024-02-29 23:59:59${part}'`,
        `'1970-01-01 00:00:01${last}'`,
        `'2038-01-19 03:14:07'`,
        `'0000-00-00 00:00:00'`,
        `'2000-03-01 00:00:00'`,
      ],
    },
    {
      type: `TIME(${fsp})`,
      values: [
        `'838:59:58${part}'`,
        `'-838:59:58${part}'`,
        `'-00:00:00${last}'`,
        `'00:00:00'`,
        `'-01:00:00'`,
        `'-00:00:01'`,
        `'99:59:59'`,
        `'100:00:00${last}'`,
      ],
    },
  ];
});
const doubles = [
  '0',
  '-0e0',
  '1',
  '0.1',
  '3.14',
  '-1e-300',
  '1.7976931348623157e308',
  '5e-324',
  '123456789.123456789',
  '16777217',
  '1e15',
  '1e22',
];
const floats = ['0', '1', '0.1', '3.14', '-1e-30', '3.4028234e38', '1e-45', '16777216', '123456.7'];
const strings = ["''", "' a  '", text('ü 😀 "quoted" \\ back'), text("a'b\n\t\0z"), `REPEAT(${text('é')}, 300)`];

const common: readonly Sample[] = [
  ...[8, 16, 24, 32, 64].flatMap((bits, i) =>
    integers(['TINYINT', 'SMALLINT', 'MEDIUMINT', 'INT', 'BIGINT'][i]!, bits),
  ),
  ...decimals,
  ...temporals,
  { type: 'INT(6) UNSIGNED ZEROFILL', values: ['0', '42', '4294967295'] },
  { type: 'DECIMAL(8,2) UNSIGNED ZEROFILL', values: ['0', '1.5', '999999.99'] },
  { type: 'DOUBLE', values: doubles },
  { type: 'FLOAT', values: floats },
  { type: 'DATE', values: ["'0000-00-00'", "'2024-02-00'", "'9999-12-31'", "'0001-01-01'"] },
  { type: 'YEAR', values: ['0', '1901', '2155'] },
  ...[1, 7, 8, 9, 12, 16, 33, 63, 64].map((width) => ({
    type: `BIT(${width})`,
    values: ["b'0'", "b'1'", `b'${'1'.repeat(width)}'`],
  })),
  { type: 'VARCHAR(400)', values: strings },
  { type: 'TEXT', values: strings },
  { type: 'LONGTEXT', values: [...strings, "REPEAT('x', 70000)"] },
  { type: 'CHAR(10)', values: ["''", "' a  '", text('ü 😀')] },
  { type: 'CHAR(255)', values: ["REPEAT('é', 255)", "''"] },
  { type: 'VARCHAR(20) CHARACTER SET latin1', values: [text('é€ÿ'), "''", "X'00'"] },
  { type: 'CHAR(20) CHARACTER SET latin1', values: [text('é€ÿ'), "''", "'a '"] },
  { type: 'VARCHAR(20) CHARACTER SET ascii', values: ["'plain'"] },
  { type: 'VARCHAR(20) CHARACTER SET utf8mb3', values: [text('é中')] },
  { type: 'TEXT CHARACTER SET cp1251', values: [text('Привет'), "'a'"] },
  { type: 'VARCHAR(20) CHARACTER SET gbk', values: [text('中文 abc'), "X'A2A0'", "''"] },
  { type: 'VARCHAR(20) CHARACTER SET sjis', values: [text('日本ｱ'), "'a'"] },
  { type: 'VARCHAR(20) CHARACTER SET big5', values: [text('中文')] },
  { type: 'VARCHAR(20) CHARACTER SET euckr', values: [text('한국')] },
  { type: 'BINARY(16)', values: ["X'00'", "X'0102'", "X'ff00'", "''", "UNHEX(REPEAT('ff', 16))"] },
  { type: 'VARBINARY(300)', values: ["X'00'", "''", "X'ff'", "REPEAT(X'00', 300)"] },
  { type: 'BLOB', values: ["X'00ff'", "''", "REPEAT(X'fe', 70)"] },
  { type: 'LONGBLOB', values: ["REPEAT(X'ab', 70000)", "''"] },
  { type: "ENUM('x,y','z','10','ü')", values: ["'x,y'", "'z'", "'10'", text('ü')] },
  { type: "ENUM('a','ü') CHARACTER SET latin1", values: [text('ü'), "'a'"] },
  { type: `ENUM(${Array.from({ length: 300 }, (_, i) => `'m${i}'`).join(',')})`, values: ["'m0'", "'m299'", "'m255'"] },
  { type: "SET('a','b c','d')", values: ["''", "'a'", "'a,b c,d'", "'d'"] },
  {
    type: `SET(${Array.from({ length: 64 }, (_, i) => `'s${i}'`).join(',')})`,
    values: ["'s63'", "'s0,s31,s32,s63'", "''"],
  },
  { type: 'GEOMETRY', values: ["ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('LINESTRING(0 0,1 1)', 0)"] },
];

/** Documents of every kind of value; the doubles are drawn. */
function documents(): string[] {
  const draw = seeded(7);
  const random = Array.from({ length: 300 }, () => {
    const number = (draw(2_000_000_000) - 1e9) * 10 ** (draw(60) - 30) + draw(1000) / 1000;
    return `CAST(${JSON.stringify(String(number)).replaceAll('"', "'")} AS JSON)`;
  });
  const powers = Array.from({ length: 44 }, (_, i) => `CAST('1e${i - 22}' AS JSON)`);
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`key ${i}`, i])));
  const plain = [
    ...['null', 'true', 'false', '0', '-1', '32767', '32768', '-32769', '65535', '65536', '2147483648', '-2147483649'],
    ...[
      '9223372036854775807',
      '-9223372036854775808',
      '18446744073709551615',
      '0.0',
      '-0.0',
      '1.0',
      '1.5',
      '1e100',
      '-2.5e-7',
    ],
    ...[
      '"text"',
      '""',
      '"\\u0001\\b\\t\\n\\f\\r\\"\\\\/\\u007f"',
      '"ü 😀"',
      '[]',
      '{}',
      '[1, [2, {"a": null}], "x"]',
      '{"bb": 1, "a": {"c": [true]}, "": 0}',
    ],
    ...[
      many,
      JSON.stringify(Array.from({ length: 30_000 }, (_, i) => i * 3)),
      JSON.stringify({ long: 'é'.repeat(40_000) }),
      // Lengths around those at which a length takes another byte, short and long in turns.
      ...[60, 61, 62, 63, 126, 127, 128, 8188, 8189, 8190, 8191, 16383, 16384].flatMap((length) => [
        JSON.stringify('x'.repeat(length)),
        JSON.stringify(['ü'.repeat(length / 2)]),
        '[]',
      ]),
    ],
  ].map((json) => `CAST(${text(json)} AS JSON)`);
  const typed = [
    'JSON_ARRAY(CAST(1.10 AS DECIMAL(10,2)), CAST(-0.5 AS DECIMAL(5,3)), CAST(1 AS UNSIGNED))',
    "JSON_OBJECT('d', CAST('2024-02-29' AS DATE), 't', CAST('-12:34:56.789' AS TIME(6)), 'dt', CAST('2024-02-29 23:59:59.5' AS DATETIME(6)))",
    "JSON_OBJECT('b', X'00ff10', 'bit', b'101')",
    "JSON_ARRAY(CAST('838:59:59' AS TIME), CAST('0000-00-00' AS DATE))",
  ];
  return [...random, ...powers, ...plain, ...typed];
}

const own: Readonly<Record<'mysql' | 'mariadb', readonly Sample[]>> = {
  mysql: [
    { type: 'JSON', values: documents() },
    { type: 'VECTOR(3)', values: ["STRING_TO_VECTOR('[1,2.5,-3.14]')", "STRING_TO_VECTOR('[0,1e30,16777216]')"] },
  ],
  mariadb: [
    { type: 'JSON', values: [text('{"b": 1.10,  "a": [ ]}'), "'null'"] },
    {
      type: 'UUID',
      values: [
        "'123e4567-e89b-12d3-a456-426655440000'",
        "'00000000-0000-0000-0000-000000000000'",
        "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
        "'017f22e2-79b0-7cc3-98c4-dc0c0c07398f'",
        "'6ba7b810-9dad-11d1-80b4-00c04fd43000'",
      ],
    },
    {
      type: 'INET6',
      values: [
        "'::'",
        "'::1'",
        "'2001:db8::ff00:42:8329'",
        "'::ffff:192.0.2.1'",
        "'::1.2.3.4'",
        "'1:0:0:2:0:0:0:3'",
        "'ff00::'",
        "'1:2:3:4:5:6:7:8'",
        "'1:2:3:4:0:6:7:8'",
        "'1:2:0:4:0:6:7:8'",
        "'::1:2:3:4:5'",
        "'0:1:2:3:4:5:6:7'",
        "'::2:3:4:5:6:7:0'",
        "'::ffff'",
        "'fe80::1:0:0:1'",
      ],
    },
    { type: 'INET4', values: ["'0.0.0.0'", "'255.255.255.255'", "'10.0.0.0'"] },
  ],
};

function tablesOf(server: 'mysql' | 'mariadb'): Map<string, Sample> {
  const samples = [...common, ...own[server]];
  return new Map(samples.map((sample, i) => [`t${i}`, sample]));
}

async function compare(database: TestDatabase, layout: Layout): Promise<void> {
  const server = database.server as 'mysql' | 'mariadb';
  const tables = tablesOf(server);
  await database.run("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00'");
  for (const [name, { type }] of tables) {
    await database.run(
      `CREATE TABLE ${name} (n INT PRIMARY KEY, a ${type}, b ${type}, z VARCHAR(9)) CHARACTER SET utf8mb4`,
    );
  }
  await using source = openSource(database);
  const names = [...tables.keys()];
  const takeAs = (name: string) =>
    (tables.get(name)!.type === 'GEOMETRY' ? { a: 'bytes', b: 'bytes' } : {}) as Record<string, 'bytes'>;
  const request = (mode: 'cdc' | 'full') => {
    const plain = requestOf(database, names, mode, { layout });
    return { ...plain, streams: plain.streams.map((one) => ({ ...one, takeAs: takeAs(one.stream.name) })) };
  };
  const { lane, after } = await follow(source, request('cdc'));
  for (const [name, { values }] of tables) {
    for (let at = 0; at < values.length; at += 50) {
      const rows = values.slice(at, at + 50).map((value, i) => `(${at + i}, ${value}, ${value}, 'end')`);
      await database.run(`INSERT INTO ${name} VALUES ${rows.join(', ')}`);
    }
    await database.run(`INSERT INTO ${name} VALUES (-1, NULL, ${values[0]}, NULL)`);
  }
  const logged = rowBytes(batchesOf(await messagesOf(lane, after)));
  const read = await copied(source, request('full'));
  for (const [name, { type, values }] of tables) {
    assert.equal(read.get(name)?.length, values.length + 1, type);
    assert.deepEqual(logged.get(name), read.get(name), `${type} on ${server}, ${layout}`);
  }
}

async function withServer(kind: ServerName, flags: string[], body: (url: string) => Promise<void>): Promise<void> {
  const server = await startServer(kind, { flags });
  try {
    await body(server.url);
  } finally {
    await server.stop();
  }
}

describe('invariant 3: rows have the same bytes by the log as by a full read', () => {
  it('of MySQL, both layouts', async () => {
    for (const layout of ['text', 'typed'] as const) {
      await using database = await openDatabase('mysql');
      await compare(database, layout);
    }
  });

  it('of MySQL in compressed transactions', async () => {
    await using database = await openDatabase('mysql');
    await database.run('SET binlog_transaction_compression = ON');
    await compare(database, 'text');
  });

  it('of MariaDB, both layouts, events compressed and not', () =>
    withServer('mariadb', ['--binlog-row-metadata=FULL', '--log-bin-compress-min-len=10'], async (url) => {
      for (const layout of ['text', 'typed'] as const) {
        await using database = await openDatabase('mariadb', url);
        await database.run(`SET GLOBAL log_bin_compress = ${layout === 'text' ? 'ON' : 'OFF'}`);
        await compare(database, layout);
      }
    }));
});
