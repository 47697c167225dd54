/** A project whose unit tests use all that there is to them: those that pass, those that fail, and those that cannot run. */
export const FILES: Readonly<Record<string, string>> = {
  'seeds/rates.csv': 'currency,rate\neur,1.25\nusd,1.00\n',
  'models/sources.yml':
    'sources:\n  - {name: till, schema: "{{ target.schema }}", tables: [{name: orders, identifier: raw_orders}]}\n',
  'models/raw_orders.sql': [
    "{{ config(materialized='table') }}",
    "select cast(1 as bigint) as id, cast('Ann' as varchar(20)) as customer, cast(12.50 as decimal(10, 2)) as amount,",
    "  cast('2026-01-31' as date) as day, cast('2026-01-31 10:00:00' as timestamp) as at, cast('eur' as varchar(3)) as currency",
  ].join('\n'),
  'models/lean.sql': "{{ config(materialized='ephemeral') }}\nselect id, customer from {{ ref('raw_orders') }}",
  'models/orders.sql': [
    'select o.id, l.customer, cast(o.amount * r.rate as decimal(10, 2)) as total, o.day, o.at,',
    '  \'{{ var("region", "north") }}\' as region, \'{{ env_var("SHOP_KIND", "till") }}\' as kind,',
    '  cast({{ answer() }} as bigint) as answer, {{ small.answer() }} as again',
    "from {{ source('till', 'orders') }} o",
    "join {{ ref('lean') }} l on l.id = o.id",
    "left join {{ ref('rates') }} r on r.currency = o.currency",
  ].join('\n'),
  'models/totals.sql': [
    "{{ config(materialized='incremental', unique_key='customer') }}",
    "select customer, cast(sum(total) as decimal(10, 2)) as total from {{ ref('orders') }}",
    '{% if is_incremental() %} where customer not in (select customer from {{ this }}) {% endif %}',
    'group by customer',
  ].join('\n'),
  'models/below.sql': "select * from {{ ref('totals') }}",
  'models/typed.sql': [
    "{{ config(materialized='table') }}",
    "select cast(1 as bigint) as big, cast(1.5 as double) as ratio, cast('a' as varchar(20)) as word, cast('10:00:00' as time) as clock,",
    '  cast(true as boolean) as flag',
  ].join('\n'),
  'models/passed.sql': "select big, ratio, word, clock, flag, word = 'a' as is_a from {{ ref('typed') }}",
  'macros/answer.sql': '{% macro answer() %}42{% endmacro %}',
  'tests/fixtures/rate_rows.csv': 'currency,rate\neur,2\nusd,\n',
  'tests/fixtures/lean_rows.sql': "select cast(1 as bigint) as id, 'x' as customer",
};

interface UnitTest {
  readonly model?: string;
  readonly lines: string;
  readonly status: 'pass' | 'fail' | 'error';
}

const ONE = "      - {input: \"source('till', 'orders')\", rows: [{id: 1, amount: 10, currency: eur}]}";
const LEAN = '      - {input: "ref(\'lean\')", format: sql, fixture: lean_rows}';
const RATES = '      - {input: "ref(\'rates\')"}';

const TYPED =
  '{big: 9223372036854775807, ratio: 0.1, word: "Ä b ", clock: "10:11:12.5", flag: false}, {big: -1, ratio: 1.0e-7, word: A, flag: true}';

/** Rows that come through as they are, and what is expected of them. */
function passed(expected: string): string {
  return `    given: [{input: "ref('typed')", rows: [${TYPED}]}]\n    expect: {rows: [${expected}]}`;
}

/** Unit tests by their names, and what each comes to. */
export const UNITS: Readonly<Record<string, UnitTest>> = {
  rows_of_maps: {
    lines: [
      '    given:',
      "      - input: source('till', 'orders')",
      '        rows:',
      '          - {ID: 1, amount: 10.00, day: "2026-02-01", at: "2026-02-01 12:00:00.5", currency: usd}',
      '          - {id: 2, amount: -0.10, currency: eur}',
      '          - {id: 3}',
      "      - input: ref('lean')",
      '        format: sql',
      "        rows: select cast(1 as bigint) as id, 'it''s' as customer union all select 2, 'ä' union all select 3, null",
      RATES,
      '    expect:',
      '      rows:',
      '        - {id: 3, customer: null, total: null, day: null}',
      '        - {id: 1, customer: "it\'s", total: 10, day: "2026-02-01"}',
      '        - {id: 2, customer: ä, total: -0.13, day: null}',
    ].join('\n'),
    status: 'pass',
  },
  rows_of_text: {
    lines: [
      '    given:',
      "      - input: source('till', 'orders')",
      '        format: csv',
      '        rows: |',
      '          id,amount,currency,at',
      '          1,3.50,eur,2026-01-01 00:00:00',
      '          1,"4.5",usd,',
      LEAN,
      '      - {input: "ref(\'rates\')", format: csv, fixture: rate_rows}',
      '    expect:',
      '      format: csv',
      '      rows: |',
      '        id,total,at',
      '        1,,',
      '        1,7.00,2026-01-01 00:00:00',
    ].join('\n'),
    status: 'pass',
  },
  rows_of_queries: {
    lines: [
      '    given:',
      ONE,
      LEAN,
      RATES,
      '    expect:',
      '      format: sql',
      '      rows: |',
      "        select cast(1 as bigint) as id, 'x' as customer, cast(12.5 as decimal(10, 2)) as total, cast(null as date) as day,",
      "          cast(null as timestamp) as at, 'north' as region, 'till' as kind, cast(42 as bigint) as answer, 42 as again",
    ].join('\n'),
    status: 'pass',
  },
  overrides: {
    lines: [
      '    overrides:',
      '      macros: {answer: 7, small.answer: 8}',
      '      vars: {region: south}',
      '      env_vars: {SHOP_KIND: web}',
      '    given:',
      ONE,
      LEAN,
      '      - {input: "ref(\'rates\')", rows: []}',
      '    expect: {rows: [{region: south, kind: web, answer: 7, again: 8, total: null}]}',
    ].join('\n'),
    status: 'pass',
  },
  no_rows: {
    lines: [
      '    given:',
      "      - {input: \"source('till', 'orders')\", rows: []}",
      LEAN,
      RATES,
      '    expect: {rows: []}',
    ].join('\n'),
    status: 'pass',
  },
  a_row_too_many: {
    lines: ['    given:', ONE, LEAN, RATES, '    expect: {rows: []}'].join('\n'),
    status: 'fail',
  },
  another_value: {
    lines: [
      '    given:',
      ONE,
      LEAN,
      RATES,
      '    expect: {rows: [{id: 1, customer: X, total: 12.5}, {id: 9, customer: gone, total: 1}]}',
    ].join('\n'),
    status: 'fail',
  },
  null_is_no_text: {
    lines: [
      '    given:',
      ONE,
      LEAN,
      '      - {input: "ref(\'rates\')", rows: []}',
      '    expect: {rows: [{id: 1, total: 0}]}',
    ].join('\n'),
    status: 'fail',
  },
  a_row_twice: {
    lines: ['    given:', ONE, LEAN, RATES, '    expect: {rows: [{id: 1}, {id: 1}]}'].join('\n'),
    status: 'fail',
  },
  input_missing: {
    lines: ['    given:', ONE, LEAN, '    expect: {rows: [{id: 1}]}'].join('\n'),
    status: 'error',
  },
  column_missing: {
    lines: [
      '    given:',
      "      - {input: \"source('till', 'orders')\", rows: [{nope: 1}]}",
      LEAN,
      RATES,
      '    expect: {rows: []}',
    ].join('\n'),
    status: 'error',
  },
  expected_column_missing: {
    lines: ['    given:', ONE, LEAN, RATES, '    expect: {rows: [{id: 1, nope: 1}]}'].join('\n'),
    status: 'error',
  },
  kinds_of_values: {
    model: 'passed',
    lines: passed(
      '{big: -1, ratio: 0.0000001, word: A, clock: null, flag: true, is_a: false}, {big: 9223372036854775807, ratio: 0.1, word: "Ä b ", clock: "10:11:12.500", flag: false, is_a: false}',
    ),
    status: 'pass',
  },
  another_case: {
    model: 'passed',
    lines: passed('{big: -1, word: a}, {big: 9223372036854775807, word: "Ä b "}'),
    status: 'fail',
  },
  another_space: {
    model: 'passed',
    lines: passed('{big: -1, word: A}, {big: 9223372036854775807, word: "Ä b"}'),
    status: 'fail',
  },
  another_accent: {
    model: 'passed',
    lines: passed('{big: -1, word: A}, {big: 9223372036854775807, word: "A b "}'),
    status: 'fail',
  },
  another_integer: { model: 'passed', lines: passed('{big: -1}, {big: 9223372036854775806}'), status: 'fail' },
  another_truth: {
    model: 'passed',
    lines: passed('{big: -1, flag: false}, {big: 9223372036854775807, flag: false}'),
    status: 'fail',
  },
  first_time: {
    model: 'totals',
    lines: [
      '    overrides: {macros: {is_incremental: false}}',
      '    given:',
      '      - {input: "ref(\'orders\')", rows: [{customer: a, total: 1.5}, {customer: a, total: 2}, {customer: b, total: 3}]}',
      '    expect: {rows: [{customer: b, total: 3}, {customer: a, total: 3.5}]}',
    ].join('\n'),
    status: 'pass',
  },
  next_time: {
    model: 'totals',
    lines: [
      '    overrides: {macros: {is_incremental: true}}',
      '    given:',
      '      - {input: "ref(\'orders\')", rows: [{customer: a, total: 1.5}, {customer: b, total: 3}]}',
      '      - {input: this, rows: [{customer: a, total: 9}]}',
      '    expect: {rows: [{customer: b, total: 3}]}',
    ].join('\n'),
    status: 'pass',
  },
};

/** The file of these unit tests; all of them where none are named. */
export function unitFile(names: readonly string[] = Object.keys(UNITS)): Record<string, string> {
  const entries = names.map((name) => {
    const { model = 'orders', lines } = UNITS[name]!;
    return `  - name: ${name}\n    model: ${model}\n${lines}`;
  });
  return { 'models/units.yml': `unit_tests:\n${entries.join('\n')}\n` };
}

export const namesOf = (status: UnitTest['status']): string[] =>
  Object.keys(UNITS).filter((name) => UNITS[name]!.status === status);
