/** A model's rows, which change with `--vars '{round: n}'`. */
const rows = (...rounds: readonly string[]) =>
  rounds.map((text, at) => `{% if var('round') == ${at} %}${text}{% endif %}`).join('\n');

const item = (id: number, name: string) => `select cast(${id} as bigint) as id, '${name}' as name`;

/** A table that is made beside and moved to its place, as materializations of projects commonly do it. */
const BESIDE = `
{% materialization beside, default %}
  {%- set there = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set fresh = make_intermediate_relation(target_relation) -%}
  {%- set old = make_backup_relation(target_relation, 'table' if there is none else there.type) -%}
  {{ drop_relation_if_exists(load_cached_relation(fresh)) }}
  {{ drop_relation_if_exists(load_cached_relation(old)) }}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% call statement('main') -%}
    {{ get_create_table_as_sql(False, fresh, sql) }}
  {%- endcall %}
  {% if there is not none %}{% do adapter.rename_relation(there, old) %}{% endif %}
  {% do adapter.rename_relation(fresh, target_relation) %}
  {% do create_indexes(target_relation) %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do persist_docs(target_relation, model) %}
  {% do adapter.commit() %}
  {{ drop_relation_if_exists(old) }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}`;

/** New rows over a temporary table, in one transaction. */
const UPSERTED = `
{% materialization upserted, default %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {% if load_cached_relation(this) is none %}
    {% call statement('main') %}{{ create_table_as(False, target_relation, sql) }}{% endcall %}
  {% else %}
    {%- set fresh = make_temp_relation(target_relation) -%}
    {% do run_query(create_table_as(True, fresh, sql)) %}
    {% call statement('main') %}
      {{ get_delete_insert_merge_sql(target_relation, fresh, config.require('unique_key'), adapter.get_columns_in_relation(target_relation), none) }}
    {% endcall %}
  {% endif %}
  {% do adapter.commit() %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}`;

const OTHERS = `
{% materialization of_each_database, default %}
  {% do exceptions.raise_compiler_error('the one for every database') %}
{% endmaterialization %}
{% materialization of_each_database, adapter='duckdb' %}
  {{ return(special()) }}
{% endmaterialization %}
{% materialization of_each_database, adapter='mysql' %}
  {{ return(special()) }}
{% endmaterialization %}

{% macro special() %}
  {{ drop_relation_if_exists(load_cached_relation(this)) }}
  {% call statement('main') %}create view {{ this }} as {{ compiled_code }}{% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [this.incorporate(type='view')]}) }}
{% endmacro %}

{% materialization nothing, default %}
  {% call noop_statement('main', 'made nothing', 'NONE', 0) %}select 1{% endcall %}
  {{ return({'relations': []}) }}
{% endmaterialization %}
{% materialization without_relations, default %}
  {% call statement('main') %}select 1{% endcall %}
{% endmaterialization %}
{% materialization without_main, default %}
  {{ return({'relations': [this]}) }}
{% endmaterialization %}
{% materialization in_python, default, supported_languages=['python'] %}
  {{ return({'relations': [this]}) }}
{% endmaterialization %}
{% materialization of_numbers, default %}
  {% call statement('main') %}select 1{% endcall %}
  {{ return({'relations': [1]}) }}
{% endmaterialization %}
{% materialization left_open, default %}
  {% call statement('main') %}insert into {{ target.schema }}.told values ('left open'){% endcall %}
  {{ return({'relations': []}) }}
{% endmaterialization %}
{% materialization broken, default %}
  {% call statement() %}insert into {{ target.schema }}.told values ('broken'){% endcall %}
  {% call statement('main') %}select nothing_of_this from {{ this }}{% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': []}) }}
{% endmaterialization %}`;

/** The project's own way with views stands before dbt's; tests are counted by its own macro. */
const OVERRIDES = `
{% materialization view, default %}
  {% set there = load_cached_relation(this) %}
  {{ drop_relation_if_exists(there) }}
  {% call statement('main') %}create view {{ this }} as select own.*, 'project' as made_by from ({{ sql }}) as own{% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [this.incorporate(type='view')]}) }}
{% endmaterialization %}
{% materialization test, default %}
  {% call statement('main', fetch_result=True) %}
    select count(*) + 1 as failures, count(*) > 0 as should_warn, count(*) > 0 as should_error from ({{ sql }}) as failed
  {% endcall %}
  {{ return({'relations': []}) }}
{% endmaterialization %}
{% materialization wrapped, default %}
  {% do run_query("insert into " ~ target.schema ~ ".told values ('around')") %}
  {{ return(dbt.materialization_table_default()) }}
{% endmaterialization %}
{% macro get_incremental_merged_sql(arg_dict) %}
  {{ return(get_merge_sql(arg_dict.target_relation, arg_dict.temp_relation, arg_dict.unique_key, arg_dict.dest_columns, none)) }}
{% endmacro %}
{% macro get_incremental_newest_sql(arg_dict) %}
  delete from {{ arg_dict.target_relation }} where name = 'two';
  insert into {{ arg_dict.target_relation }} (id, name) select id, name from {{ arg_dict.temp_relation }}
{% endmacro %}`;

const told = (what: string) => `insert into {{ target.schema }}.told values ('${what}')`;

const model = (config: string, sql: string) => `{{ config(${config}) }}\n${sql}`;

/** A project whose materializations are macros, of itself and of a package. */
export const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': [
    'name: small',
    'version: "1.0"',
    'profile: small',
    'on-run-start: ["create table if not exists {{ target.schema }}.told (what varchar(40))"]',
    '',
  ].join('\n'),
  'packages.yml': 'packages: [{local: packs/tools}]\n',
  'packs/tools/dbt_project.yml': 'name: tools\nversion: "1.0"\nconfig-version: 2\n',
  'packs/tools/macros/tools.sql': [
    '{% materialization from_package, default %}\n{{ return(special()) }}\n{% endmaterialization %}',
    '{% materialization table, default %}\n{% do exceptions.raise_compiler_error("nobody asked for this") %}\n{% endmaterialization %}',
  ].join('\n'),
  'macros/beside.sql': BESIDE,
  'macros/upserted.sql': UPSERTED,
  'macros/others.sql': OTHERS,
  'macros/overrides.sql': OVERRIDES,
  'models/models.yml': [
    'models:',
    '  - name: moved',
    '    description: It is moved.',
    '    columns: [{name: id, data_tests: [not_null]}, {name: name, data_tests: [{accepted_values: {arguments: {values: [nobody]}, config: {severity: warn}}}]}]',
    '',
  ].join('\n'),
  'models/moved.sql': model(
    `materialized='beside', persist_docs={'relation': true}, indexes=([{'columns': ['id']}] if var('round') == 1 else []), pre_hook=[{'sql': "${told('outside')}", 'transaction': false}, "${told('before')}"], post_hook="${told('behind')}"`,
    rows(`${item(1, 'one')} union all ${item(2, 'two')}`, `${item(1, 'ONE')} union all ${item(3, 'three')}`),
  ),
  'models/upserted.sql': model(
    "materialized='upserted', unique_key='id'",
    rows(`${item(1, 'one')} union all ${item(2, 'two')}`, `${item(2, 'TWO')} union all ${item(3, 'three')}`),
  ),
  'models/special.sql': model("materialized='of_each_database'", "select id from {{ ref('moved') }}"),
  'models/packaged.sql': model("materialized='from_package'", "select id from {{ ref('upserted') }}"),
  'models/overridden.sql': model("materialized='view'", "select id from {{ ref('moved') }}"),
  'models/not_overridden.sql': model("materialized='table'", "select id from {{ ref('moved') }}"),
  'models/newest.sql': model(
    "materialized='incremental', incremental_strategy='newest'",
    rows(`${item(1, 'one')} union all ${item(2, 'two')}`, item(3, 'three')),
  ),
  'models/merged.sql': model(
    "materialized='incremental', incremental_strategy='merged', unique_key='id', on_schema_change='append_new_columns'",
    rows(
      `${item(1, 'one')} union all ${item(2, 'two')}`,
      `select cast(2 as bigint) as id, 'TWO' as name, 'more' as added union all select cast(3 as bigint), 'three', 'more'`,
    ),
  ),
  'models/wrapped.sql': model(
    `materialized='wrapped', pre_hook="${told('before wrapped')}", post_hook="${told('behind wrapped')}"`,
    "select id from {{ ref('moved') }}",
  ),
  'models/nothing.sql': model("materialized='nothing'", 'select 1 as id'),
  'models/left_open.sql': model("materialized='left_open'", 'select 1 as id'),
};

/** Models whose materialization does not do what one has to. */
export const WRONG: Readonly<Record<string, string>> = Object.fromEntries(
  ['without_relations', 'without_main', 'in_python', 'of_numbers', 'broken', 'never_heard_of'].map((name) => [
    `models/${name}.sql`,
    model(`materialized='${name}'`, 'select 1 as id'),
  ]),
);
