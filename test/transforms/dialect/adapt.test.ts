import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { adaptSql, rules } from '../../../transforms/dialect/adapt.ts';
import { tokensOf } from '../../../transforms/dialect/lexer.ts';
import type { DialectServer } from '../../../transforms/dialect/pass.ts';
import { refusals } from '../../../transforms/dialect/refusal.ts';
import { fc } from '../../random.ts';

function adapt(sql: string, server: DialectServer = 'tidb'): string {
  return adaptSql(sql, { dialect: 'standard', server, name: 'models/m.sql' });
}

function refused(sql: string, server: DialectServer = 'tidb'): MillraceError {
  try {
    adapt(sql, server);
  } catch (thrown) {
    assert.ok(thrown instanceof MillraceError, String(thrown));
    assert.equal(thrown.code, 'model.dialect');
    return thrown;
  }
  throw new assert.AssertionError({ message: `not refused: ${sql}` });
}

/** Statement, and what is sent. */
const sent: readonly (readonly [sql: string, text: string])[] = [
  // What `::` applies to.
  ['a.b."c d"::int', 'cast(a.b."c d" as signed)'],
  ['f(x, (y))::int', 'cast(f(x, (y)) as signed)'],
  ['s.f(x)::int', 'cast(s.f(x) as signed)'],
  ['a and (b)::int', 'a and cast((b) as signed)'],
  ['x in (1)::int', 'x in cast((1) as signed)'],
  ['count(*) over (order by a)::int', 'cast(count(*) over (order by a) as signed)'],
  ['count(*) over w::int', 'cast(count(*) over w as signed)'],
  ['case when case when a then b end then c end::int', 'cast(case when case when a then b end then c end as signed)'],
  ['a -- one\n :: -- two\n int', 'cast(a as signed)'],
  ['(a::text || b::text)::varchar(3)', 'cast((cast(a as char) || cast(b as char)) as char(3))'],
  ['a::numeric(10,2)', 'cast(round(cast(a as decimal(65, 30)), 2) as decimal(10, 2))'],
  ['cast(round(a, 2) as decimal(10, 2))', 'cast(round(a, 2) as decimal(10, 2))'],
  ['cast(round(a, 3) as dec(9))', 'cast(round(cast(round(a, 3) as decimal(65, 30)), 0) as decimal(9))'],
  ['a::numeric::decimal(65, 30)', 'cast(cast(a as decimal(65, 30)) as decimal(65, 30))'],
  ['a::timestamp(3) without time zone', 'cast(a as datetime(3))'],
  ['a::timestamp without time zone(3)', 'cast(a as datetime(3))'],
  ['a::double precision', 'cast(a as double)'],
  ['a::regclass', 'cast(a as regclass)'],
  ["'x'::date::text", "cast(cast('x' as date) as char)"],
  // Targets of casts.
  ['CAST(a AS VarChar(10))', 'CAST(a AS char(10))'],
  ['cast(case when a then b end as int)', 'cast(case when a then b end as signed)'],
  ['cast((select a as b from t) as text)', 'cast((select a as b from t) as char)'],
  ['cast(a as char character set latin1)', 'cast(a as char character set latin1)'],
  ['create table t (a varchar(10), b timestamp, c boolean)', 'create table t (a varchar(10), b timestamp, c boolean)'],
  ["cast(a as enum('x','y'))", 'cast(a as char)'],
  ['cast(a as bigint(20) unsigned)', 'cast(a as unsigned)'],
  ['cast(a as decimal(10,2) unsigned)', 'cast(round(cast(a as decimal(65, 30)), 2) as decimal(10, 2))'],
  ['cast(a as tinyint(1))', 'cast(a as signed)'],
  // Windows.
  ['over (order by 1)', 'over (order by null)'],
  [
    'over (partition by a, 2 order by f(1, 2), 3 desc rows 1 preceding)',
    'over (partition by a, null order by f(1, 2), null desc rows 1 preceding)',
  ],
  ['over (order by 1 + a, 1 nulls last)', 'over (order by 1 + a, null is null, null)'],
  ['over (order by (select a from t order by 1))', 'over (order by (select a from t order by 1))'],
  [
    'window w as (order by 1), v as (order by 2) order by 1',
    'window w as (order by null), v as (order by null) order by 1',
  ],
  // Intervals.
  ["x + INTERVAL '1 DAY'", 'x + interval 1 day'],
  [
    "x - interval '1 year 2 mons 01:02:03.5'",
    'x - interval 1 year - interval 2 month - interval 01 hour - interval 02 minute - interval 03.5 second',
  ],
  ["x + interval '1' days", "x + interval '1' day"],
  ["x + interval '1-2' year_month", "x + interval '1-2' year_month"],
  ['x + interval 2 centuries', 'x + interval 100 * (2) year'],
  ['x + interval (y) hours', 'x + interval 0 + (y) hour'],
  ['x + interval t.y milliseconds', 'x + interval 1000 * (t.y) microsecond'],
  ['interval(x, 1, 2)', 'interval(x, 1, 2)'],
  [
    "range between interval '1 day' preceding and current row",
    'range between interval 1 day preceding and current row',
  ],
  ['interval 1 day + x > y', 'x + interval 1 day > y'],
  ['select a, interval -1 day + f(x) - 1', 'select a, f(x) + interval -1 day - 1'],
  ['x + interval 1 day + y', 'x + interval 1 day + y'],
  ["interval '1 week' + date '2024-01-01'", "cast(date '2024-01-01' as datetime(6)) + interval 1 week"],
  // Concatenations.
  ['a || b || c', 'a || b || c'],
  ['a || -1 || - b', 'a || -1 || - b'],
  ['a + b || c * d - 1 || e', '(a + b) || (c * d - 1) || e'],
  ['case when -a * 2 || b then 1 end', 'case when (-a * 2) || b then 1 end'],
  ['(a + b) || f(c - d)', '(a + b) || f(c - d)'],
  // Time between moments.
  ['extract(epoch from (a.x - /* c */ y))', '(timestampdiff(microsecond, y, a.x) / 1e6)'],
  ["date_part('epoch', max(x) - min(x))", '(timestampdiff(microsecond, min(x), max(x)) / 1e6)'],
  ['epoch(case when a - b then x end - y)', '(timestampdiff(microsecond, y, case when a - b then x end) / 1e6)'],
  ["extract(year from x - interval '1 year')", 'extract(year from x - interval 1 year)'],
  ['extract(year from current_date - 7)', 'extract(year from date_sub(current_date, interval 7 day))'],
  ['extract(year from (x))', 'extract(year from (x))'],
  ["timestamp '2024-1-2'", "timestamp '2024-1-2 00:00:00'"],
  ["timestamp '2024-01-02t03:04'", "timestamp '2024-01-02 03:04'"],
  ["timestamp '2024-01-02 03:04:05+02'", "timestamp '2024-01-02 03:04:05+02'"],
  // NULLs in an order.
  ['order by a nulls first, b desc nulls last', 'order by a, b desc'],
  ['order by a asc nulls last', 'order by a is null, a asc'],
  ['order by a or b nulls last limit 1', 'order by (a or b) is null, a or b limit 1'],
  ['order by f(a, b) desc nulls first, c', 'order by f(a, b) is not null, f(a, b) desc, c'],
  [
    'over (partition by a, b order by c, d nulls last rows 1 preceding)',
    'over (partition by a, b order by c, d is null, d rows 1 preceding)',
  ],
  ['order by a::int nulls last', 'order by cast(a as signed) is null, cast(a as signed)'],
  ['order by 1 nulls first', 'order by 1'],
  // Comparisons.
  ["a || 'b' not ilike '%' || c and d", "lower(a || 'b') not like lower('%' || c) and d"],
  ["case when a ilike 'x' then 1 end", "case when lower(a) like lower('x') then 1 end"],
  ["not a ilike 'x'", "not lower(a) like lower('x')"],
  ["(a ilike 'x') = (b ilike 'y' escape '!')", "(lower(a) like lower('x')) = (lower(b) like lower('y') escape '!')"],
  ['on a.x is not distinct from b.y and true', 'on (a.x <=> b.y) and true'],
  ['a is distinct from -b + 1 or c', '(not (a <=> -b + 1)) or c'],
  ['x = 1 and - a is distinct from b', 'x = 1 and (not (- a <=> b))'],
  ['select -a is distinct from b', 'select (not (-a <=> b))'],
  // Rows.
  ['limit 5', 'limit 5'],
  ['limit 5 offset 2', 'limit 5 offset 2'],
  ['limit 2, 5', 'limit 2, 5'],
  ['limit all offset 3', 'limit 18446744073709551615 offset 3'],
  ['offset 3 rows', 'limit 18446744073709551615 offset 3'],
  ['fetch next 7 rows only', 'limit 7'],
  ['select offset, t.limit from t', 'select offset, t.limit from t'],
  // Functions.
  ['length ( a )', 'char_length ( a )'],
  ['insert into length (a) select t.length, length from t', 'insert into length (a) select t.length, length from t'],
  ['extract(week from extract(dow from a))', "week(cast(date_format(a, '%w') as signed), 3)"],
  ['extract(month from a)', 'extract(month from a)'],
  [
    'a datetime(6) default current_timestamp on update current_timestamp',
    'a datetime(6) default current_timestamp on update current_timestamp',
  ],
  [
    'current_timestamp, current_timestamp(3), now(), now(3)',
    'current_timestamp(6), current_timestamp(3), now(6), now(3)',
  ],
  // Calls.
  [
    "date_trunc('month', a)",
    'cast(date_sub(cast(cast(a as datetime(6)) as date), interval dayofmonth(cast(a as datetime(6))) - 1 day) as datetime(6))',
  ],
  ["t.date_trunc('month', a), date_trunc, x as date_trunc", "t.date_trunc('month', a), date_trunc, x as date_trunc"],
  [
    "datediff('days', a, b)",
    '(cast(to_days(cast(b as datetime(6))) as signed) - cast(to_days(cast(a as datetime(6))) as signed))',
  ],
  ['datediff(a, b)', 'datediff(a, b)'],
  ["date_part('year', f(a, b))", 'extract(year from f(a, b))'],
  ['week(a), week(a, 1), yearweek(a, 1)', 'week(a, 3), week(a, 1), yearweek(a, 1)'],
  [
    "string_agg(distinct a || ',', ', ' order by b, c desc)",
    "group_concat(distinct a || ',' order by b, c desc separator ', ')",
  ],
  ['string_agg(a)', "group_concat(a separator ',')"],
  ["group_concat(a, b order by c separator '-')", "group_concat(a, b order by c separator '-')"],
  ["group_concat(a order by b separator ', ')", "group_concat(a order by b separator ', ')"],
  ['count(*) filter (where a > 1 and b)', 'count(case when a > 1 and b then 1 end)'],
  ['count(distinct a) filter(where b)', 'count(distinct case when b then a end)'],
  ['sum(f(a, b)) filter (where c) over (order by d)', 'sum(case when c then f(a, b) end) over (order by d)'],
  ["string_agg(a, '-' order by b) filter (where c)", "group_concat(case when c then a end order by b separator '-')"],
  ['max(any_value(a)) filter (where bool_or(b))', 'max(case when max((b) <> 0) then max(a) end)'],
  ['any_value(distinct a) over w', 'max(distinct a) over w'],
  // Dates.
  ['a >= current_date - 7', 'a >= date_sub(current_date, interval 7 day)'],
  ['current_date() - 7 + 1', 'date_add(date_sub(current_date(), interval 7 day), interval 1 day)'],
  ['a - b, a - 7, a - current_date', 'a - b, a - 7, a - current_date'],
  [
    'current_date - n, current_date - 2 * 3, 2 * current_date - 7',
    'current_date - n, current_date - 2 * 3, 2 * current_date - 7',
  ],
  ['a::date - b::date + 1', 'datediff(cast(a as date), cast(b as date)) + 1'],
  [
    "current_date - interval '7 days' - interval '1 hour'",
    'cast(current_date as datetime(6)) - interval 7 day - interval 1 hour',
  ],
  // Lists of values.
  [
    'from (values (1, \'a\'), (f(2, 3), (4))) as t (x, "y") join u',
    'from (select 1 as x, \'a\' as "y" union all select f(2, 3), (4)) as t  join u',
  ],
  ['with t (a, b) as (values (1, 2), (3, 4))', 'with t (a, b) as (select 1, 2 union all select 3, 4)'],
  ['insert into t (a) values (1), (2)', 'insert into t (a) values (1), (2)'],
  // Names.
  ['rank() over () as rank, t.rank', 'rank() over () as "rank", t."rank"'],
  ['rows between 1 preceding and groups between', 'rows between 1 preceding and groups between'],
  ['create table t (id int, primary key (id), key k (id))', 'create table t (id int, primary key (id), key k (id))'],
  // Comments and texts.
  ['a--', 'a--'],
  ['a --\tb', 'a --\tb'],
  ['/*+ hint */ /*M! b */ /*!50000 c */', '/*+ hint */ /* M! b */ /* !50000 c */'],
  ["E'\\x41\\101\\u0041\\\\\\'''q\\q'", "'AAA\\''''qq'"],
  ["x'61' || n'b' || _utf8mb4'c'", "x'61' || n'b' || _utf8mb4'c'"],
  ['$a$x$b$y$a$', "'x$b$y'"],
];

describe('what is sent', () => {
  for (const [sql, text] of sent) {
    test(sql, () => assert.equal(adapt(sql), text));
  }

  test('only TiDB warns of a cast that rounds', () => {
    assert.equal(adapt('a::numeric(10, 2)', 'mysql'), 'cast(a as decimal(10, 2))');
  });

  test('nothing is changed for DuckDB, nor in dialect mysql', () => {
    const sql = 'select a::int --x\n # y';
    assert.equal(adaptSql(sql, { dialect: 'standard', server: 'duckdb', name: 'm' }), sql);
    assert.equal(adaptSql(sql, { dialect: 'mysql', server: 'tidb', name: 'm' }), sql);
  });
});

describe('what is refused', () => {
  for (const { keys, example, servers, fix } of refusals) {
    test(`${keys.join(' ')}: ${example}`, () => {
      const error = refused(example, servers?.[0] ?? 'mysql');
      assert.match(error.at!, /^models\/m\.sql:1:\d+$/);
      assert.ok(error.message.includes(keys.join(' ')), error.message);
      assert.equal(error.fix, fix);
      const others = (['tidb', 'mysql', 'mariadb'] as const).filter((server) => servers?.includes(server) === false);
      for (const server of others) assert.equal(adapt(example, server), example);
    });
  }

  test('at its line and column, in what was there before anything was rewritten', () => {
    assert.equal(refused('select a::text, -- é\n  b --x\n, c ^ 2').at, 'models/m.sql:3:5');
    assert.equal(refused("select '\n', \"x").at, 'models/m.sql:2:4');
  });

  for (const sql of [
    "interval '1.5 days'",
    'interval 1.5 day',
    "interval '1 day' * 2",
    '2 * interval 1 day',
    "select interval '1 day 2 hours'",
    "interval 'soon'",
    "a || x + interval '1 day'",
    "x + interval '1 day' || a",
    'extract(day from x - y)',
    "date_part('hour', (x - y))",
    'extract(month from x - 7)',
    'current_timestamp - x',
    "x - timestamp '2024-01-01 00:00:00'",
    "date_trunc('day', x) - y",
    'x - y::timestamp',
    'order by a, 2 nulls last',
    'fetch first 2 rows with ties',
    'select ::int',
    'date_trunc(a, b)',
    "date_trunc('fortnight', b)",
    "date_diff('week', a, b)",
    "strftime(a, '%Q')",
    'strftime(a, b)',
    "split_part(a, '-', b)",
    "split_part(a, '-', 0)",
    'chr(200)',
    'chr(a)',
    'string_agg(a, b)',
    "string_agg(a, ',' limit 1)",
    "regexp_replace(a, 'b', 'c')",
    "regexp_replace(a, '(b)', '$1', 'g')",
    "regexp_replace(a, '(b)', '\\\\1', 'g')",
    'first_value(a) filter (where b)',
    'array_length(a) filter (where b)',
    'from (values (1), (2)) t',
    'from (values (1), (2, 3)) t(a)',
    'with t as (values (1))',
    "select 'a",
    'select /* a /* b */',
    "select 'it\\'s'",
    "e'\\0'",
    "e'\\xff'",
    "e'\\ud800'",
  ]) {
    test(sql, () => void refused(sql));
  }

  test('by MariaDB alone, which leaves the offset of a text out', () => {
    assert.equal(adapt('a::timestamptz', 'mysql'), 'cast(a as datetime(6))');
    assert.match(refused('cast(a as timestamp with time zone)', 'mariadb').message, /offset/);
  });

  for (const sql of [
    'select t.qualify, qualify from t',
    'select power(2, 3) as filter',
    'select \'a ^ b # c\' as "x ~ y" -- ^ # [\n /* { && */',
    'select count(*) from a union select * from (select 1) t except (select 2)',
    "select replace(a, 'b', 'c'), a * replace(b, c)",
    'select a as full, b as r from t as u',
    'select t.median, first, last as mode, list from t',
    'select date_add(a, interval 1 day), date_sub(a, interval 1 day), lead(a) over (order by b)',
  ]) {
    test(`not refused: ${sql}`, () => assert.equal(adapt(sql), sql));
  }
});

/** Pieces of statements that no rule names. */
const plainPiece = fc.oneof(
  fc.constantFrom(
    ...'select from where a b1 t.c count(*) ( ) , + - * / = <> <= case when then end group by order join on null true false'.split(
      ' ',
    ),
    ...[
      'sum(x)',
      "date '2024-01-01'",
      'x is not null',
      'x like y',
      "'it''s'",
      '1.5e3',
      '.5',
      '`q``r`',
      "x'00'",
      '@v',
      'a->>b',
    ],
  ),
  fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
  fc.string().map((text) => `"${text.replaceAll('"', '""')}"`),
  fc.string().map((text) => `-- ${text.replaceAll('\n', '')}\n`),
  fc.string().map((text) => `/* ${text.replaceAll('/', '').replaceAll('*', '')} */`),
  fc.constantFrom(' ', '\n', '\t', '\r\n'),
);

describe('of any text', () => {
  test('tokens joined are the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.array(plainPiece).map((p) => p.join('')),
        ),
        (sql) => {
          for (const syntax of ['standard', 'mysql'] as const) {
            let tokens: ReturnType<typeof tokensOf>;
            try {
              tokens = tokensOf(sql, syntax);
            } catch {
              continue;
            }
            assert.equal(tokens.map(({ text }) => text).join(''), sql);
            for (const { offset, text } of tokens) assert.ok(sql.startsWith(text, offset));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('what no rule names is sent byte for byte', () => {
    fc.assert(
      fc.property(fc.array(plainPiece), (pieces) => {
        const sql = pieces.join(' ');
        assert.equal(adapt(sql), sql);
      }),
      { numRuns: 3000 },
    );
  });

  test('texts, names and comments among what is rewritten stay as they are', () => {
    const examples = rules
      .filter(({ title }) => !['Comments', 'Texts'].includes(title))
      .flatMap(({ examples }) => examples);
    const inside = fc.oneof(
      fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
      fc.string().map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.string().map((text) => `-- ${text.replaceAll('\n', '')}\n`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...examples), inside, (example, piece) => {
        assert.equal(
          adapt(`${example}\n; select ${piece} ;${example}`),
          `${adapt(example)}\n; select ${piece} ;${adapt(example)}`,
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('a long statement takes no longer by its square, and a long text is one token', () => {
    const lines = 20_000;
    const line = "select 1::int as a, 'x' union all\n";
    const changed = "select cast(1 as signed) as a, 'x' union all\n";
    assert.equal(adapt(`${line.repeat(lines)}select 1`), `${changed.repeat(lines)}select 1`);
    const text = `'${"it''s \\ ".repeat(2_000_000)}'`;
    assert.equal(adapt(text), text);
    assert.equal(tokensOf(text, 'mysql').length, 1);
  });

  test('what is sent would be sent as it is', () => {
    for (const example of rules.flatMap(({ examples }) => examples)) {
      const once = adapt(example);
      assert.equal(adapt(once), once);
    }
    for (const [sql] of sent) assert.equal(adapt(adapt(sql)), adapt(sql));
  });
});
