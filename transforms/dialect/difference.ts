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
  /** Where one of them gives yet another. */
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
    about: 'A text and a number are compared as numbers, and a text that is none is 0',
    example: "select 0 = 'abc' as a",
    there: FAILS,
    here: '1',
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
    about: '`substr` from before the first character',
    example: "select substr('abc', 0, 2) as a",
    there: 'a',
    here: '',
    advice: 'Positions from 1',
  },
  {
    about: '`upper` of ß',
    example: "select upper('ß') as a",
    there: 'ẞ',
    here: 'ß',
    advice: '',
  },
];
