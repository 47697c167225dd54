import type { DialectServer } from './pass.ts';

/** A type as a cast names it: words in small letters, and numbers in brackets. */
export interface TypeName {
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * What a cast becomes: the target of the server's CAST, of an operand rounded before to so many digits where `rounded` says so; `boolean`
 * (an expression); or why it is refused.
 */
export type CastTarget =
  | { readonly to: string; readonly rounded?: number }
  | { readonly boolean: true }
  | { readonly refused: string; readonly fix: string };

type Form = (args: readonly string[], server: DialectServer) => CastTarget;

const sized =
  (target: string): Form =>
  (args) => ({ to: args.length === 0 ? target : `${target}(${args.join(', ')})` });
const plain =
  (target: string): Form =>
  () => ({ to: target });

/** The most digits that a decimal has, and has behind the point. */
export const WIDEST_DECIMAL = 'decimal(65, 30)';
const MOST_DIGITS = 30;

/** The server's own rounds to whole numbers where digits are not named. TiDB warns of a cast that rounds as of one that fails. */
const decimal: Form = (args, server) => {
  if (args.length === 0) return { to: WIDEST_DECIMAL };
  const rounded = Number(args[1] ?? 0);
  return { to: `decimal(${args.join(', ')})`, ...(server === 'tidb' && rounded < MOST_DIGITS ? { rounded } : {}) };
};

const moment: Form = ([digits = '6']) => ({ to: `datetime(${digits})` });

/** MariaDB leaves the offset of a text out, with a warning that a view does not heed. */
const instant: Form = ([digits = '6'], server) =>
  server === 'mariadb'
    ? {
        refused: 'MariaDB does not read the offset of a text',
        fix: 'Bring the text to UTC without an offset and cast it to `timestamp`.',
      }
    : { to: `datetime(${digits})` };

const json: Form = (_args, server) =>
  server === 'mariadb'
    ? { refused: 'MariaDB has no type for JSON', fix: 'Leave the text as it is: the functions for JSON take it.' }
    : { to: 'json' };

const forms: readonly (readonly [names: string, form: Form])[] = [
  [
    'text, string, varchar, character varying, nvarchar, bpchar, character, tinytext, mediumtext, longtext',
    sized('char'),
  ],
  ['int, integer, bigint, smallint, tinyint, mediumint, int2, int4, int8, int64', plain('signed')],
  [
    'ubigint, uinteger, usmallint, utinyint, bigint unsigned, int unsigned, mediumint unsigned, smallint unsigned, tinyint unsigned',
    plain('unsigned'),
  ],
  ['numeric, decimal, dec, number, decimal unsigned', decimal],
  ['double, double precision, float, float4, float8, float64, real', plain('double')],
  ['boolean, bool', () => ({ boolean: true })],
  ['timestamp, timestamp without time zone, timestamp_ntz, datetime', moment],
  ['timestamptz, timestamp with time zone, timestamp_tz', instant],
  ['time, time without time zone', ([digits = '6']) => ({ to: `time(${digits})` })],
  ['json, jsonb', json],
  ['bytea, blob, bytes, varbinary, tinyblob, mediumblob, longblob', plain('binary')],
  ['uuid', plain('char(36)')],
  ['enum, set', plain('char')],
  ['bit', plain('unsigned')],
  ['year', plain('signed')],
];

const known: ReadonlyMap<string, Form> = new Map(
  forms.flatMap(([names, form]) => names.split(', ').map((name) => [name, form] as const)),
);

/** Of a type that is not in the list nothing is known, and it is sent as it is. */
export function castTarget({ name, args }: TypeName, server: DialectServer): CastTarget | undefined {
  return known.get(name)?.(args, server);
}

/** For the document: names, and what they are cast to. */
export function castTable(server: DialectServer): readonly (readonly [names: string, target: CastTarget])[] {
  return forms.map(([names, form]) => [names, form([], server)] as const);
}

/** Types of more than one word; the longest first. */
export const longNames: readonly (readonly string[])[] = [
  ['timestamp', 'without', 'time', 'zone'],
  ['timestamp', 'with', 'time', 'zone'],
  ['time', 'without', 'time', 'zone'],
  ['double', 'precision'],
  ['character', 'varying'],
  ...['bigint', 'int', 'mediumint', 'smallint', 'tinyint', 'decimal'].map((name) => [name, 'unsigned']),
];
