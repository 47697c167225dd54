const item = (id: number, name: string, more = '') => `select cast(${id} as bigint) as id, '${name}' as name${more}`;
const made = (day: number) => `, cast('2024-01-0${day} 10:00:00' as timestamp) as made`;

/** A model of two rounds: `--vars '{round: 1}'` is the second. */
function model(config: string, first: string, second = first): string {
  const rows = first === second ? first : `{% if var('round') == 0 %}\n${first}\n{% else %}\n${second}\n{% endif %}`;
  return `{{ config(${config}) }}\n${rows}\n`;
}

const incremental = (strategy: string, more = '') =>
  `materialized='incremental', incremental_strategy='${strategy}'${more}`;

const two = `${item(1, 'one')} union all ${item(2, 'two')}`;
const other = `${item(2, 'TWO')} union all ${item(3, 'three')}`;
const wider = `${item(2, 'TWO', ", 'more' as added")} union all ${item(3, 'three', ", 'more'")}`;
const days = `${item(1, 'one', made(1))} union all ${item(2, 'two', made(2))}`;

const snapshot = (name: string, config: string) =>
  `{% snapshot ${name} %}{{ config(${config}) }}\nselect * from {{ ref('a_view') }}\n{% endsnapshot %}\n`;

/** One node for each kind of statement that millrace makes of a project. Built twice: from nothing, and over what is there. */
export const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': [
    'name: small',
    'version: "1.0"',
    'profile: small',
    'query-comment: "{{ connection_name }}"',
    'on-run-start: ["create table if not exists {{ target.schema }}.told (what varchar(40))"]',
    '',
  ].join('\n'),
  'models/a_view.sql': model("materialized='view'", two, other),
  'models/a_table.sql': model("materialized='table'", two, other),
  'models/indexed.sql': model(
    "materialized='table', indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['name', 'id']}]",
    two,
    other,
  ),
  'models/streamed.sql': model("materialized='table', fill='stream'", two, other),
  'models/view_then_table.sql': model("materialized='view' if var('round') == 0 else 'table'", two),
  'models/table_then_view.sql': model("materialized='table' if var('round') == 0 else 'view'", two),
  'models/part_of_others.sql': model("materialized='ephemeral'", "select id, name from {{ ref('a_table') }}"),
  'models/over_parts.sql': model("materialized='view'", "select id from {{ ref('part_of_others') }}"),
  'models/contracted.sql': model(
    "materialized='table', contract={'enforced': true}, persist_docs={'relation': true, 'columns': true}",
    two,
    other,
  ),
  'models/described_view.sql': model("materialized='view', persist_docs={'relation': true}", two),
  'models/hooked.sql': model(
    `materialized='table', pre_hook=[{'sql': "insert into {{ target.schema }}.told values ('outside')", 'transaction': false}], post_hook="insert into {{ target.schema }}.told values ('after')"`,
    two,
  ),
  'models/appended.sql': model(incremental('append'), two, item(3, 'three')),
  'models/replaced.sql': model(incremental('delete+insert', ", unique_key=['id', 'name']"), two, other),
  'models/narrowed.sql': model(
    incremental('delete+insert', `, unique_key='id', incremental_predicates=["id > 1"]`),
    two,
    other,
  ),
  'models/merged.sql': model(incremental('merge', ", unique_key='id'"), two, other),
  'models/merged_in_part.sql': model(
    incremental('merge', ", unique_key='id', merge_exclude_columns=['name']"),
    two,
    other,
  ),
  'models/widened.sql': model(
    incremental('delete+insert', ", unique_key='id', on_schema_change='append_new_columns'"),
    two,
    wider,
  ),
  'models/synced.sql': model(incremental('append', ", on_schema_change='sync_all_columns'"), wider, other),
  'models/anew.sql': model(`${incremental('append')}, full_refresh=true`, two, other),
  'models/by_day.sql': model(
    incremental('microbatch', ", event_time='made', batch_size='day', begin='2024-01-01', lookback=0"),
    days,
  ),
  'models/models.yml': [
    'models:',
    '  - name: a_table',
    '    columns:',
    '      - name: id',
    '        data_tests: [unique, not_null, {relationships: {arguments: {to: ref("a_view"), field: id}, config: {severity: warn}}}]',
    '      - name: name',
    '        data_tests:',
    '          - accepted_values: {arguments: {values: [one, two, TWO, three]}, config: {where: id > 0, limit: 10, store_failures: true}}',
    '  - name: contracted',
    "    description: It's kept to.",
    '    constraints: [{type: unique, columns: [id, name]}]',
    '    columns:',
    '      - {name: id, data_type: bigint, description: Counted, constraints: [{type: not_null}, {type: primary_key}]}',
    '      - {name: name, data_type: varchar(20), constraints: [{type: check, expression: "name <> \'\'"}]}',
    '  - {name: described_view, description: For people}',
    'unit_tests:',
    '  - name: over_parts_keeps_ids',
    '    model: over_parts',
    '    given: [{input: ref("part_of_others"), rows: [{id: 7}]}]',
    '    expect: {rows: [{id: 7}]}',
    '',
  ].join('\n'),
  'tests/nobody_is_nameless.sql': "select * from {{ ref('a_table') }} where name is null\n",
  'seeds/rates.csv': 'currency,rate,since,used\neur,1.25,2024-01-01,true\nusd,1.00,2024-02-01,false\n',
  'snapshots/snapshots.yml': [
    'snapshots:',
    '  - name: kept_by_check',
    '    relation: ref("a_view")',
    '    config: {unique_key: id, strategy: check, check_cols: all, hard_deletes: new_record}',
    '',
  ].join('\n'),
  'snapshots/kept_far.sql': snapshot(
    'kept_far',
    "unique_key='id', strategy='check', check_cols=['name'], hard_deletes='invalidate', dbt_valid_to_current=\"cast('9999-12-31' as timestamp)\"",
  ),
  'snapshots/kept_by_time.sql': [
    "{% snapshot kept_by_time %}{{ config(unique_key='id', strategy='timestamp', updated_at='made') }}",
    "select id, name, cast('2024-01-01' as timestamp) as made from {{ ref('a_view') }}",
    '{% endsnapshot %}',
    '',
  ].join('\n'),
};
