/** A statement with macros, whose rows are the same on every server. What DuckDB gives is the measure, unless rows are stated. */
export interface MacroCase {
  readonly title: string;
  readonly sql: string;
  /** Rows as `modelSession` gives them. */
  readonly rows?: readonly (readonly (string | null)[])[];
  /** Servers that have it; all unless said. */
  readonly not?: readonly string[];
}

/** Rows of one column. */
function column(name: string, values: readonly string[]): string {
  return `(${values.map((value) => `select ${value} as ${name}`).join(' union all ')})`;
}

const moments = [
  '2024-02-29 23:59:59.999999',
  '2024-12-30 00:00:00',
  '2023-01-01 12:34:56.000001',
  '2023-12-31 23:00:00',
  '2000-01-31 00:00:00',
  '1999-10-01 05:06:07.5',
  '1969-12-31 23:59:59.999',
  '1900-03-01 00:00:00',
  '1582-10-04 01:02:03',
  '9998-05-31 10:00:00',
].map((text) => `timestamp '${text}'`);

const times = `${column('x', [...moments, 'null'])} as times`;
const others = `${column('y', [...moments, 'null'])} as others`;

const parts = [
  'microsecond',
  'millisecond',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'decade',
  'century',
];

const steps = `${column('n', ['-14', '-1', '0', '1', '3', '27'])} as steps`;

const dates: MacroCase[] = [
  ...parts.flatMap((part) => [
    {
      title: `dateadd of ${part}`,
      // The years that both sides of the calendar have.
      sql: `select x as a, n as b, {{ dbt.dateadd('${part}', 'n', 'x') }} as c from ${times} cross join ${steps}
        where x is null or x between timestamp '1581-01-01 00:00:00' and timestamp '3000-01-01 00:00:00' order by 1, 2`,
    },
    {
      title: `datediff of ${part}`,
      sql: `select x as a, y as b, {{ dbt.datediff('x', 'y', '${part}') }} as c from ${times} cross join ${others} order by 1, 2`,
    },
    {
      title: `date_trunc to ${part}`,
      sql: `select x as a, {{ dbt.date_trunc('${part}', 'x') }} as b from ${times} order by 1`,
    },
  ]),
  ...['week', 'month', 'quarter', 'year'].map((part) => ({
    title: `last_day of ${part}`,
    sql: `select x as a, {{ dbt.last_day('x', '${part}') }} as b from ${times} order by 1`,
  })),
  {
    title: 'parts in other letters, and many',
    sql: `select {{ dbt.dateadd('DAY', 1, "timestamp '2024-01-01 00:00:00'") }} as a, {{ dbt.datediff("date '2024-01-01'", "date '2024-03-01'", 'weeks') }} as b`,
    rows: [['time:2024-01-02 00:00:00', 'number:8']],
  },
  {
    title: 'dates and texts for moments',
    sql: `select {{ dbt.dateadd('month', 1, "'2024-01-31'") }} as a, {{ dbt.date_trunc('year', "date '2024-05-06'") }} as b`,
    rows: [['time:2024-02-29 00:00:00', 'time:2024-01-01 00:00:00']],
  },
  {
    title: 'date of its parts',
    sql: "select {{ dbt.date(2024, 2, 29) }} as a, {{ dbt.date('y', 'y - 2023', '1') }} as b from (select 2024 as y) as t",
    rows: [['time:2024-02-29', 'time:2024-01-01']],
  },
  // Differences that dbt's own functional tests of `datediff` state.
  ...(
    [
      ['2018-01-01 01:00:00', '2018-01-02 01:00:00', 'day', -0 + 1],
      ['2018-01-01 01:00:00', '2018-02-01 01:00:00', 'month', 1],
      ['2018-01-01 01:00:00', '2019-01-01 01:00:00', 'year', 1],
      ['2018-01-01 01:00:00', '2018-01-01 02:00:00', 'hour', 1],
      ['2018-01-01 01:00:00', '2018-01-01 02:01:00', 'minute', 61],
      ['2018-01-01 01:00:00', '2018-01-01 02:00:01', 'second', 3601],
      ['2019-12-31 00:00:00', '2019-12-27 00:00:00', 'week', -1],
      ['2019-12-31 00:00:00', '2019-12-30 00:00:00', 'week', 0],
      ['2019-12-31 00:00:00', '2020-01-02 00:00:00', 'week', 0],
      ['2019-12-31 00:00:00', '2020-01-06 02:00:00', 'week', 1],
    ] as const
  ).map(([from, to, part, count]) => ({
    title: `datediff of ${part} from ${from} to ${to}`,
    sql: `select {{ dbt.datediff("timestamp '${from}'", "timestamp '${to}'", '${part}') }} as a`,
    rows: [[`number:${count}`]],
  })),
  {
    title: 'current_timestamp is now, in UTC',
    sql: `select {{ dbt.datediff(dbt.current_timestamp(), "timestamp '${new Date().toISOString().slice(0, 19).replace('T', ' ')}'", 'minute') }} between -5 and 0 as a,
      {{ dbt.current_timestamp_in_utc_backcompat() }} >= {{ dbt.current_timestamp_backcompat() }} as b`,
    rows: [['number:1', 'number:1']],
  },
];

const texts = ["''", "'a'", "'a|b|c'", "'|'", "'||'", "'aaaa'", "'ä|€|😀'", "'A b  '", "'xy'", 'null'];
const strings = `${column('s', texts)} as strings`;

const textCases: MacroCase[] = [
  ...[1, 2, 3, 4, -1, -2, -3, -4].flatMap((number) =>
    ["'|'", "'aa'", "'b|'"].map((delimiter) => ({
      title: `split_part by ${delimiter}, part ${number}`,
      sql: `select s as a, {{ dbt.split_part('s', "${delimiter}", ${number}) }} as b from ${strings} order by 1`,
    })),
  ),
  {
    title: 'concat',
    sql: `select {{ dbt.concat(['s', "'-'", 's']) }} as a from ${strings} order by 1`,
  },
  {
    title: 'length, position, replace',
    sql: `select s as a, {{ dbt.length('s') }} as b, {{ dbt.position("'|'", 's') }} as c, {{ dbt.replace('s', "'|'", "''") }} as d from ${strings} order by 1`,
  },
  ...['-9', '-1', '0', '1', '2', '9'].map((length) => ({
    title: `right of ${length}`,
    sql: `select s as a, {{ dbt.right('s', '${length}') }} as b from ${strings} order by 1`,
  })),
  {
    title: 'hash',
    sql: `select s as a, {{ dbt.hash('s') }} as b from ${strings} order by 1`,
    not: ['mysql'],
  },
  {
    title: 'hash of numbers',
    sql: 'select {{ dbt.hash(12) }} as a, {{ dbt.hash(dbt.concat(["1", "2"])) }} as b',
    rows: [['text:c20ad4d76fe97759aa27a0c99bff6710', 'text:c20ad4d76fe97759aa27a0c99bff6710']],
    not: ['mysql'],
  },
  {
    title: 'string_literal and escape_single_quotes',
    sql: "select {{ dbt.string_literal(dbt.escape_single_quotes(\"it's \\\\ 'so'\")) }} as a",
    rows: [["text:it's \\ 'so'"]],
  },
];

const wholes = [
  "'1.5'",
  "'2.5'",
  "'-2.5'",
  "'1e3'",
  "' 12 '",
  "'+5'",
  "'5.'",
  "'.5'",
  "''",
  "'abc'",
  "'12a'",
  "'99999999999'",
  "'9223372036854775807'",
  "'-9223372036854775808'",
  "'9223372036854775808'",
  "'1e30'",
  "'--1'",
  'null',
];

const dayTexts = [
  "'2024-02-29'",
  "'2023-02-29'",
  "'2024-2-3'",
  "'2024/02/03'",
  "'2024-02-03 10:11:12'",
  "'2024-02-03T10:11'",
  "'2024-13-01'",
  "'2024-02-03 25:00:00'",
  "'0000-00-00'",
  "'0004-02-29'",
  "'2024-02-03 1:2:3.1234567'",
  "'2024-02-03 garbage'",
  "'2024-02-30 01:00:00'",
  "'today'",
  "''",
  'null',
];

const castCases: MacroCase[] = [
  ...['tinyint', 'smallint', 'int', 'bigint', 'numeric(5, 2)', 'double'].map((type) => ({
    title: `safe_cast to ${type}`,
    sql: `select s as a, {{ dbt.safe_cast('s', '${type}') }} as b from ${column('s', wholes)} as t order by 1`,
  })),
  {
    title: 'safe_cast to types of type_*',
    sql: `select {{ dbt.safe_cast("'x'", dbt.type_int()) }} as a, {{ dbt.safe_cast("'7'", dbt.type_bigint()) }} as b,
      {{ dbt.safe_cast("'1.25'", dbt.type_numeric()) }} as c, {{ dbt.safe_cast("'1.25'", dbt.type_float()) }} as d,
      {{ dbt.safe_cast("'yes'", dbt.type_boolean()) }} as e, {{ dbt.safe_cast("7", dbt.type_string()) }} as f,
      {{ dbt.safe_cast("'2024-01-02 03:04:05.678'", dbt.type_timestamp()) }} as g`,
    rows: [[null, 'number:7', 'number:1.25', 'number:1.25', 'number:1', 'text:7', 'time:2024-01-02 03:04:05.678']],
  },
  {
    title: 'safe_cast to boolean',
    sql: `select s as a, {{ dbt.safe_cast('s', 'boolean') }} as b from ${column('s', ["'true'", "'T'", "'no'", "'0'", "'1'", "'zz'", "''", 'null'])} as t order by 1`,
  },
  ...['date', 'timestamp'].map((type) => ({
    title: `safe_cast to ${type}`,
    // DuckDB takes blanks behind a date for a date alone.
    sql: `select s as a, {{ dbt.safe_cast('s', '${type}') }} as b from ${column('s', type === 'date' ? [...dayTexts, "' 2024/2/03 '"] : dayTexts)} as t order by 1`,
  })),
  {
    title: 'casts to types of type_*',
    sql: `select {{ dbt.cast("'12'", dbt.type_int()) }} as a, {{ dbt.cast("'12'", dbt.type_bigint()) }} as b, {{ dbt.cast("'12.5'", dbt.type_numeric()) }} as c,
      {{ dbt.cast("'12.5'", dbt.type_float()) }} as d, {{ dbt.cast("'true'", dbt.type_boolean()) }} as e, {{ dbt.cast('12', dbt.type_string()) }} as f,
      {{ dbt.cast("'2024-01-02 03:04:05.678'", dbt.type_timestamp()) }} as g`,
    rows: [
      ['number:12', 'number:12', 'number:12.5', 'number:12.5', 'number:1', 'text:12', 'time:2024-01-02 03:04:05.678'],
    ],
  },
  {
    title: 'cast_bool_to_text',
    sql: `select {{ dbt.cast_bool_to_text('x > 1') }} as a from ${column('x', ['1', '2', 'null'])} as t order by 1`,
    rows: [[null], ['text:false'], ['text:true']],
  },
];

const grouped =
  "(select 1 as g, 5 as n, 'b' as s union all select 1, 7, 'a' union all select 1, null, null union all select 2, null, null union all select 3, 0, 'c,d') as t";

const setCases: MacroCase[] = [
  {
    title: 'any_value of equal values, and of none',
    sql: `select g as a, {{ dbt.any_value('g + 1') }} as b, {{ dbt.any_value('case when g = 2 then n end') }} as c from ${grouped} group by g order by g`,
  },
  {
    title: 'bool_or',
    sql: `select g as a, {{ dbt.bool_or('n > 5') }} as b, {{ dbt.bool_or('n = 99') }} as c from ${grouped} group by g order by g`,
  },
  {
    title: 'listagg',
    sql: `select g as a, {{ dbt.listagg('s', "', '", 'order by s') }} as b, {{ dbt.listagg('s', "'|'", 'order by n desc') }} as c,
      {{ dbt.listagg('s', "','", 'order by s', 1) }} as d, {{ dbt.listagg('s') }} is null as e from ${grouped} group by g order by g`,
  },
  {
    title: 'except and intersect',
    sql: 'select * from (select 1 as a {{ dbt.except() }} select 2 as a) as t union all select * from (select 3 as a {{ dbt.intersect() }} select 3 as a) as u order by 1',
    rows: [['number:1'], ['number:3']],
  },
  {
    title: 'equals',
    sql: 'select {{ dbt.equals("1", "1") }} as a, {{ dbt.equals("1", "2") }} as b, {{ dbt.equals("null", "null") }} as c',
    rows: [['number:1', 'number:0', null]],
  },
];

const numbered = (count: number) => Array.from({ length: count }, (_value, at) => [`number:${at + 1}`]);

const seriesCases: MacroCase[] = [
  ...[1, 2, 3, 4, 10, 1500].map((count) => ({
    title: `generate_series of ${count}`,
    sql: `with s as ({{ dbt.generate_series(${count}) }}) select generated_number from s order by 1`,
    rows: numbered(count),
  })),
  {
    title: 'date_spine of days',
    sql: `with s as ({{ dbt.date_spine('day', "cast('2024-02-27' as date)", "cast('2024-03-02' as date)") }}) select date_day from s order by 1`,
    rows: ['02-27', '02-28', '02-29', '03-01'].map((day) => [`time:2024-${day} 00:00:00`]),
  },
  {
    title: 'date_spine of months from the end of one',
    sql: `with s as ({{ dbt.date_spine('month', "cast('2024-01-31' as date)", "cast('2024-05-31' as date)") }}) select date_month from s order by 1`,
    rows: ['01-31', '02-29', '03-31', '04-30'].map((day) => [`time:2024-${day} 00:00:00`]),
  },
  {
    title: 'get_powers_of_two',
    sql: 'select {% for n in [1, 2, 3, 4, 5, 1024, 1025] %}{{ dbt.get_powers_of_two(n) }} as c{{ n }}{{ ", " if not loop.last }}{% endfor %}',
    rows: [['1', '1', '2', '2', '3', '10', '11'].map((text) => `number:${text}`)],
  },
];

/** Casts of many texts, some of which are no value of the type: two columns each. */
export const safeCasts: readonly MacroCase[] = castCases.filter(({ sql }) =>
  /^select s as a, \{\{ dbt.safe_cast\('s', '[^']*'\) \}\} as b/.test(sql),
);

export const macroCases: readonly MacroCase[] = [...dates, ...textCases, ...castCases, ...setCases, ...seriesCases];

/** Calls that stop a node, and what they say. */
export const refusedCalls: readonly (readonly [source: string, says: RegExp])[] = [
  ["{{ dbt.dateadd('fortnight', 1, 'x') }}", /dateadd knows no part of a date that is called fortnight/],
  ['{{ dbt.array_construct([1]) }}', /has no arrays/],
  ["{{ dbt.array_append('x', 1) }}", /has no arrays/],
  ["{{ dbt.array_concat('x', 'y') }}", /has no arrays/],
  ["{{ dbt.listagg('x', 'chr(10)') }}", /text in quotes/],
  ["{{ dbt.split_part('x', \"','\", 0) }}", /from 1/],
  ["{{ dbt.safe_cast('x', 'geometry') }}", /geometry/],
  ['{{ dbt.generate_series(0) }}', /positive/],
];
