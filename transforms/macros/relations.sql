{#- What templates ask of relations. -#}

{% macro load_cached_relation(relation) %}
    {% do return(adapter.get_relation(
        database=relation.database, schema=relation.schema, identifier=relation.identifier
    )) %}
{% endmacro %}

{% macro load_relation(relation) %}
    {% do return(load_cached_relation(relation)) %}
{% endmacro %}

{% macro is_incremental() %}
    {% if not execute %}
        {% do return(false) %}
    {% endif %}
    {% set relation = load_cached_relation(this) %}
    {% do return(
        relation is not none
        and relation.type == 'table'
        and model.config.materialized == 'incremental'
        and not should_full_refresh()
    ) %}
{% endmacro %}

{% macro should_full_refresh() %}
    {% set asked = config.get('full_refresh') %}
    {% if asked is none %}
        {% set asked = flags.FULL_REFRESH %}
    {% endif %}
    {% do return(asked) %}
{% endmacro %}

{% macro get_columns_in_relation(relation) -%}
    {{ return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__get_columns_in_relation(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation)) }}
{%- endmacro %}

{#- The relation of these names: as it is there, or made up; and whether it is there. -#}
{% macro get_or_create_relation(database, schema, identifier, type) -%}
    {% do return(adapter.dispatch('get_or_create_relation', 'dbt')(database, schema, identifier, type)) %}
{% endmacro %}

{% macro default__get_or_create_relation(database, schema, identifier, type) %}
    {%- set found = adapter.get_relation(database=database, schema=schema, identifier=identifier) %}
    {% if found %}
        {% do return([true, found]) %}
    {% endif %}
    {% do return([false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) %}
{% endmacro %}

{% macro create_schema(relation) -%}
    {{ adapter.create_schema(relation) }}
{%- endmacro %}

{% macro drop_schema(relation) -%}
    {{ adapter.drop_schema(relation) }}
{%- endmacro %}

{% macro drop_relation(relation) -%}
    {% do adapter.drop_relation(relation) %}
{%- endmacro %}

{% macro rename_relation(from_relation, to_relation) -%}
    {% do adapter.rename_relation(from_relation, to_relation) %}
{%- endmacro %}

{% macro drop_relation_if_exists(relation) %}
    {% if relation is not none %}
        {{ adapter.drop_relation(relation) }}
    {% endif %}
{% endmacro %}

{% macro truncate_relation(relation) -%}
    {{ adapter.truncate_relation(relation) }}
{%- endmacro %}

{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') %}
    {% do return(adapter.dispatch('make_temp_relation', 'dbt')(base_relation, suffix)) %}
{% endmacro %}

{% macro default__make_temp_relation(base_relation, suffix) %}
    {% do return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix})) %}
{% endmacro %}

{#- DuckDB's temporary tables are in no schema of the project. -#}
{% macro duckdb__make_temp_relation(base_relation, suffix) %}
    {% set moment = run_started_at.strftime('%H%M%S%f') %}
    {% do return(base_relation.incorporate(
        path={'identifier': base_relation.identifier ~ suffix ~ moment, 'schema': none, 'database': none}
    )) %}
{% endmacro %}

{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') %}
    {% do return(adapter.dispatch('make_intermediate_relation', 'dbt')(base_relation, suffix)) %}
{% endmacro %}

{% macro default__make_intermediate_relation(base_relation, suffix) %}
    {% do return(default__make_temp_relation(base_relation, suffix)) %}
{% endmacro %}

{% macro make_backup_relation(base_relation, backup_relation_type, suffix='__dbt_backup') %}
    {% do return(adapter.dispatch('make_backup_relation', 'dbt')(base_relation, backup_relation_type, suffix)) %}
{% endmacro %}

{% macro default__make_backup_relation(base_relation, backup_relation_type, suffix) %}
    {% do return(default__make_temp_relation(base_relation, suffix).incorporate(type=backup_relation_type)) %}
{% endmacro %}

{% macro get_quoted_csv(column_names) %}
    {% set quoted = [] %}
    {% for name in column_names %}
        {% do quoted.append(adapter.quote(name)) %}
    {% endfor %}
    {% do return(quoted | join(', ')) %}
{% endmacro %}
