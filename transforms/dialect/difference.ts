import type { DialectServer } from './pass.ts';

/** In the place of a value where the statement fails. */
export const FAILS = 'an error';

/** What tokens do not show: a statement that runs everywhere and gives something else here. */
export interface Difference {
  readonly about: string;
  readonly example: string;
  /** The value that DuckDB gives, and the one that TiDB, MySQL and MariaDB give. */
  readonly there: string;
  readonly here: string;
  /** Where one of them gives yet another, or an error. */
  readonly except?: Partial<Record<DialectServer, string>>;
  readonly advice: string;
}

export const differences: readonly Difference[] = [
  {
    about: 'Columns of dates less numbers or dates: dates are numbers in arithmetic',
    example: "select x - y as a from (select date '2024-03-01' as x, date '2024-02-28' as y) t",
    there: '2',
    here: '73',
    advice: '`{{ dbt.datediff() }}`',
  },
  {
    about: 'Columns of moments less each other, too, and averages of dates',
    example:
      "select max(x) - min(y) as a, avg(cast(x as date)) as b from (select timestamp '2024-01-02 12:00:00' as x, timestamp '2024-01-01 00:00:00' as y) t",
    there: '1 day 12:00:00, 2024-01-02 00:00:00',
    here: '1120000, 20240102',
    advice: '`{{ dbt.datediff() }}`, or `extract(epoch from x - y)`',
  },
  {
    about: 'A column of dates plus an interval of days stays one',
    example: "select x + interval 1 day as a from (select date '2024-01-31' as x) t",
    there: '2024-02-01 00:00:00',
    here: '2024-02-01',
    advice: '`cast(... as timestamp)`',
  },
  {
    about:
      'Fractions are exact, with 12 more digits than the dividend. PostgreSQL divides whole numbers to whole numbers',
    example: 'select 1 / 3 as a',
    there: '0.3333333333333333',
    here: '0.333333333333',
    advice: 'A cast of the result to what is meant',
  },
  {
    about:
      'Quotients are no doubles: as whole numbers their halves go away from 0, as texts they have all their digits',
    example: 'select cast(5 / 2 as int) as a, cast(1 / 4 as varchar) as b',
    there: '2, 0.25',
    here: '3, 0.250000000000',
    except: { tidb: '3, 0.25000000000000' },
    advice: '`round`, and a cast to numeric',
  },
  {
    about: 'A text and a number are compared as numbers, and a text that is none is 0',
    example: "select 0 = 'abc' as a",
    there: FAILS,
    here: '1',
    advice: 'Casts',
  },
  {
    about: 'So are a text and a boolean, also where a text is the condition',
    example: "select true = 't' as a, case when 'true' then 1 else 0 end as b",
    there: '1, 1',
    here: '0, 0',
    advice: '`cast(x as boolean)`',
  },
  {
    about: 'Values of more than one kind in CASE, `coalesce` and `greatest` are texts',
    example:
      "select coalesce(1, 'a') || '' as a, greatest('10', 9) as b, case when false then 'a' else 2 end = 2.0 as c",
    there: '1, 10, 1',
    here: '1, 9, 1',
    except: { mariadb: '1, 10, 1' },
    advice: 'Casts',
  },
  {
    about: 'Whole numbers of a text are what it begins with. In a table the node fails, in a view it does not',
    example: "select cast('12.7' as int) as a",
    there: '13',
    here: '12',
    advice: '`cast(cast(x as numeric(18, 2)) as int)`',
  },
  {
    about: 'Blanks at the end of a text do not count',
    example: "select 'a' = 'a ' as a",
    there: '0',
    here: '1',
    advice: "`trim`, or a comparison of `x || '.'`",
  },
  {
    about: 'So texts that differ in them alone are one',
    example: "select count(distinct x) as a from (select 'a' as x union all select 'a ' union all select 'A') t",
    there: '3',
    here: '2',
    advice: '`trim`',
  },
  {
    about: 'A boolean as a text',
    example: 'select cast(true as varchar) as a',
    there: 'true',
    here: '1',
    advice: '`{{ dbt.cast_bool_to_text() }}`',
  },
  {
    about: 'A double as a text',
    example: 'select cast(1e0 as varchar) as a',
    there: '1.0',
    here: '1',
    advice: 'A cast to numeric before',
  },
  {
    about: 'A moment as a text has all its digits, and so has a key that is made of it',
    example: "select cast(cast('2024-01-02 03:04:05' as timestamp) as varchar) as a",
    there: '2024-01-02 03:04:05',
    here: '2024-01-02 03:04:05.000000',
    advice: '`strftime`',
  },
  {
    about: 'NULL in `concat`',
    example: "select concat('a', null) as a, 'a' || null as b",
    there: 'a, NULL',
    here: 'NULL, NULL',
    advice: '`coalesce`',
  },
  {
    about: 'NULL in `greatest` and `least`',
    example: 'select greatest(1, null) as a, least(1, null) as b',
    there: '1, 1',
    here: 'NULL, NULL',
    advice: '`coalesce`',
  },
  {
    about: 'Halves of doubles are rounded to the even neighbour',
    example: 'select round(2.5e0) as a, round(2.5) as b',
    there: '3, 3',
    here: '2, 3',
    advice: 'A cast to numeric before',
  },
  {
    about: 'Tens are rounded to the even neighbour, too (TiDB alone)',
    example: 'select round(25, -1) as a',
    there: '30',
    here: '20',
    except: { mysql: '30', mariadb: '30' },
    advice: 'A cast to numeric before',
  },
  {
    about: 'The length of a cast to a text cuts it. In a table the node fails, in a view it does not',
    example: "select cast('abc' as varchar(2)) as a",
    there: 'abc',
    here: 'ab',
    advice: '`left`',
  },
  {
    about: '`float` and `real` are doubles',
    example: 'select cast(16777217 as real) as a',
    there: '16777216',
    here: '16777217',
    advice: '`double`',
  },
  {
    about: 'Whole numbers have 64 bits whatever their name',
    example: 'select cast(300 as tinyint) as a',
    there: FAILS,
    here: '300',
    advice: 'A test of the column',
  },
  {
    about:
      'A text with an offset as a time without zone is brought to UTC. (On MariaDB a table fails, a view leaves the offset out)',
    example: "select cast('2024-01-02 03:04:05+02:00' as timestamp) as a",
    there: '2024-01-02 03:04:05',
    here: '2024-01-02 01:04:05',
    except: { mariadb: '2024-01-02 03:04:05' },
    advice: 'A text without an offset',
  },
  {
    about: 'More than six digits of a second are rounded',
    example: "select cast('2024-01-02 03:04:05.1234567' as timestamp) as a",
    there: '2024-01-02 03:04:05.123456',
    here: '2024-01-02 03:04:05.123457',
    except: { mariadb: '2024-01-02 03:04:05.123456' },
    advice: 'Six digits',
  },
  {
    about: 'A date with a moment in `coalesce` or CASE loses its time (TiDB alone, and not in a table)',
    example: "select coalesce(date '2024-01-02', timestamp '2024-01-03 00:00:00') as a",
    there: '2024-01-02 00:00:00',
    here: '2024-01-02',
    except: { mysql: '2024-01-02 00:00:00', mariadb: '2024-01-02 00:00:00' },
    advice: '`cast(... as timestamp)`',
  },
  {
    about: '`left` and `right` of a negative length',
    example: "select left('abc', -1) as a",
    there: 'ab',
    here: '',
    advice: '`substr`, or `{{ dbt.right() }}`',
  },
  {
    about: '`microsecond(x)`, which DuckDB counts with the seconds',
    example: "select microsecond(timestamp '2024-01-02 03:04:05.6') as a",
    there: '5600000',
    here: '600000',
    advice: '`extract(microsecond from x)`',
  },
  {
    about: '`ascii` of a letter that is none of ASCII',
    example: "select ascii('é') as a",
    there: '233',
    here: '195',
    advice: '',
  },
  {
    about: '`substr` from before the first character, and of a negative length',
    example: "select substr('abc', 0, 2) as a, substr('hello', 2, -1) as b",
    there: 'a, h',
    here: ', ',
    advice: 'Positions from 1',
  },
  {
    about: 'Patterns know letters beyond ASCII (TiDB has those of DuckDB)',
    example: "select regexp_matches('é', '\\w') as a, regexp_matches(e'a\\n', 'a$') as b",
    there: '0, 0',
    here: '1, 1',
    except: { tidb: '0, 0' },
    advice: '`[a-zA-Z0-9_]`',
  },
  {
    about: 'Parts of JSON as texts have blanks behind `:` and `,`',
    example: 'select cast(json_extract(\'{"a": {"b": 1}}\', \'$.a\') as varchar) as a',
    there: '{"b":1}',
    here: '{"b": 1}',
    advice: 'Comparisons of values, not of JSON',
  },
  {
    about: '`bit_and` of no rows has all bits, `bit_or` and `bit_xor` have none',
    example: 'select bit_and(x) as a, bit_or(x) as b from (select 5 as x) t where false',
    there: 'NULL, NULL',
    here: '18446744073709551615, 0',
    advice: '`nullif`',
  },
  {
    about: 'Texts behind `x` and `b` are bytes',
    example: "select x'41' as a",
    there: 'x41',
    here: 'A',
    advice: '',
  },
  {
    about: '`to_days` counts those since the year 0',
    example: 'select to_days(5) as a',
    there: '5 days',
    here: 'NULL',
    advice: '`interval 5 day`',
  },
  {
    about: 'Columns that are neither grouped nor aggregated are not always refused (TiDB alone)',
    example: 'select a, b from (select 1 as a, 1 as b union all select 1, 1) t group by a',
    there: FAILS,
    here: '1, 1',
    except: { mysql: FAILS, mariadb: FAILS },
    advice: 'A run on DuckDB',
  },
  {
    about: '`upper` of ß',
    example: "select upper('ß') as a",
    there: 'ẞ',
    here: 'ß',
    advice: '',
  },
];
