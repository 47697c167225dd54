{#- How new rows come into a table that is there: what strategies of projects are made of. -#}

{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
    {% if on_schema_change not in ['sync_all_columns', 'append_new_columns', 'fail', 'ignore'] %}
        {% do log('on_schema_change is ' ~ on_schema_change ~ ', which is taken for ' ~ default) %}
        {{ return(default) }}
    {% endif %}
    {{ return(on_schema_change) }}
{% endmacro %}

{% macro diff_columns(source_columns, target_columns) %}
    {% set names = target_columns | map(attribute='column') | map('lower') | list %}
    {% set missing = [] %}
    {% for column in source_columns if column.column | lower not in names %}
        {% do missing.append(column) %}
    {% endfor %}
    {{ return(missing) }}
{% endmacro %}

{% macro diff_column_data_types(source_columns, target_columns) %}
    {% set changed = [] %}
    {% for source in source_columns %}
        {% for target in target_columns if target.name | lower == source.name | lower and target.data_type != source.data_type %}
            {% do changed.append({'column_name': target.name, 'new_type': source.data_type}) %}
        {% endfor %}
    {% endfor %}
    {{ return(changed) }}
{% endmacro %}

{% macro check_for_schema_changes(source_relation, target_relation) %}
    {% set source = adapter.get_columns_in_relation(source_relation) %}
    {% set target = adapter.get_columns_in_relation(target_relation) %}
    {% set more = diff_columns(source, target) %}
    {% set fewer = diff_columns(target, source) %}
    {% set other = diff_column_data_types(source, target) %}
    {{ return({
        'schema_changed': (more or fewer or other) | length > 0,
        'source_not_in_target': more,
        'target_not_in_source': fewer,
        'source_columns': source,
        'target_columns': target,
        'new_target_types': other,
    }) }}
{% endmacro %}

{#- The columns that the new rows and the table have in common, once the table has followed as it is to. -#}
{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
    {% if on_schema_change == 'ignore' %}
        {{ return({}) }}
    {% endif %}
    {% set changes = check_for_schema_changes(source_relation, target_relation) %}
    {% if changes.schema_changed %}
        {% if on_schema_change == 'fail' %}
            {% do exceptions.raise_compiler_error(
                'the columns of the query and of ' ~ target_relation ~ ' differ: new ones are '
                ~ changes.source_not_in_target | map(attribute='name') | list ~ ', gone are '
                ~ changes.target_not_in_source | map(attribute='name') | list
            ) %}
        {% endif %}
        {% do sync_column_schemas(on_schema_change, target_relation, changes) %}
        {{ return(adapter.get_columns_in_relation(source_relation) if on_schema_change == 'sync_all_columns'
            else changes.source_columns) }}
    {% endif %}
    {{ return(changes.source_columns) }}
{% endmacro %}

{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
    {% set more = schema_changes_dict['source_not_in_target'] %}
    {% set fewer = schema_changes_dict['target_not_in_source'] if on_schema_change == 'sync_all_columns' else [] %}
    {% if more or fewer %}
        {% do alter_relation_add_remove_columns(target_relation, more, fewer) %}
    {% endif %}
    {% if on_schema_change == 'sync_all_columns' %}
        {% for change in schema_changes_dict['new_target_types'] %}
            {% do alter_column_type(target_relation, change['column_name'], change['new_type']) %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
    {{ return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns or [], remove_columns or [])) }}
{%- endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
    {% for column in add_columns %}
        {% do run_query('alter table ' ~ relation ~ ' add column ' ~ adapter.quote(column.name) ~ ' ' ~ column.data_type) %}
    {% endfor %}
    {% for column in remove_columns %}
        {% do run_query('alter table ' ~ relation ~ ' drop column ' ~ adapter.quote(column.name)) %}
    {% endfor %}
{% endmacro %}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
    {{ return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) }}
{%- endmacro %}

{% macro default__alter_column_type(relation, column_name, new_column_type) %}
    {% do run_query('alter table ' ~ relation ~ ' alter column ' ~ adapter.quote(column_name) ~ ' type ' ~ new_column_type) %}
{% endmacro %}

{% macro mysql__alter_column_type(relation, column_name, new_column_type) %}
    {% do run_query('alter table ' ~ relation ~ ' modify column ' ~ adapter.quote(column_name) ~ ' ' ~ new_column_type) %}
{% endmacro %}

{% macro get_insert_into_sql(target_relation, temp_relation, dest_columns) %}
    {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ temp_relation }}
{% endmacro %}

{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
    {{ return(adapter.dispatch('get_merge_update_columns', 'dbt')(merge_update_columns, merge_exclude_columns, dest_columns)) }}
{% endmacro %}

{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
    {% if merge_update_columns and merge_exclude_columns %}
        {% do exceptions.raise_compiler_error('a model has merge_update_columns or merge_exclude_columns, not both') %}
    {% endif %}
    {% if merge_update_columns %}
        {{ return(merge_update_columns) }}
    {% endif %}
    {% set excluded = (merge_exclude_columns or []) | map('lower') | list %}
    {% set updated = [] %}
    {% for column in dest_columns if column.column | lower not in excluded %}
        {% do updated.append(column.quoted) %}
    {% endfor %}
    {{ return(updated) }}
{% endmacro %}

{% macro millrace__key_list(unique_key) %}
    {{ return([unique_key] if unique_key is string else unique_key) }}
{% endmacro %}

{% macro millrace__key_condition(unique_key, predicates=none) -%}
    {%- for key in millrace__key_list(unique_key) -%}
        DBT_INTERNAL_SOURCE.{{ key }} = DBT_INTERNAL_DEST.{{ key }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
    {%- for predicate in predicates or [] %} and {{ predicate }}{% endfor -%}
{%- endmacro %}

{% macro get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {{ adapter.dispatch('get_delete_insert_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates) }}
{%- endmacro %}

{% macro default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {% if unique_key %}
        delete from {{ target }} as DBT_INTERNAL_DEST
        using {{ source }} as DBT_INTERNAL_SOURCE
        where {{ millrace__key_condition(unique_key, incremental_predicates) }};
    {% endif %}
    {{ get_insert_into_sql(target, source, dest_columns) }}
{%- endmacro %}

{% macro mysql__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {% if unique_key %}
        delete DBT_INTERNAL_DEST from {{ target }} as DBT_INTERNAL_DEST
        inner join {{ source }} as DBT_INTERNAL_SOURCE
            on {{ millrace__key_condition(unique_key, incremental_predicates) }};
    {% endif %}
    {{ get_insert_into_sql(target, source, dest_columns) }}
{%- endmacro %}

{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {{ adapter.dispatch('get_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates) }}
{%- endmacro %}

{#- None of these databases but DuckDB has MERGE: rows that are there are updated, then the others added. -#}
{% macro default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- if unique_key %}
        {{ millrace__update_sql(target, source, unique_key, dest_columns, incremental_predicates) }};
        insert into {{ target }} ({{ get_quoted_csv(dest_columns | map(attribute='name')) }})
        select {{ get_quoted_csv(dest_columns | map(attribute='name')) }}
        from {{ source }} as DBT_INTERNAL_SOURCE
        where not exists (
            select 1 from {{ target }} as DBT_INTERNAL_DEST
            where {{ millrace__key_condition(unique_key, incremental_predicates) }}
        )
    {%- else %}
        {{ get_insert_into_sql(target, source, dest_columns) }}
    {%- endif %}
{%- endmacro %}

{% macro millrace__update_sql(target, source, unique_key, dest_columns, predicates) -%}
    {{ adapter.dispatch('millrace__update_sql', 'dbt')(target, source, unique_key, dest_columns, predicates) }}
{%- endmacro %}

{% macro default__millrace__update_sql(target, source, unique_key, dest_columns, predicates) -%}
    update {{ target }} as DBT_INTERNAL_DEST
    set {{ millrace__assignments(dest_columns, '') }}
    from {{ source }} as DBT_INTERNAL_SOURCE
    where {{ millrace__key_condition(unique_key, predicates) }}
{%- endmacro %}

{% macro mysql__millrace__update_sql(target, source, unique_key, dest_columns, predicates) -%}
    update {{ target }} as DBT_INTERNAL_DEST
    inner join {{ source }} as DBT_INTERNAL_SOURCE on {{ millrace__key_condition(unique_key, predicates) }}
    set {{ millrace__assignments(dest_columns, 'DBT_INTERNAL_DEST.') }}
{%- endmacro %}

{% macro millrace__assignments(dest_columns, prefix) -%}
    {%- set updated = get_merge_update_columns(config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns) -%}
    {%- for column in updated -%}
        {{ prefix }}{{ column }} = DBT_INTERNAL_SOURCE.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro get_incremental_append_sql(arg_dict) %}
    {{ return(adapter.dispatch('get_incremental_append_sql', 'dbt')(arg_dict)) }}
{% endmacro %}

{% macro default__get_incremental_append_sql(arg_dict) %}
    {{ return(get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'])) }}
{% endmacro %}

{% macro get_incremental_delete_insert_sql(arg_dict) %}
    {{ return(adapter.dispatch('get_incremental_delete_insert_sql', 'dbt')(arg_dict)) }}
{% endmacro %}

{% macro default__get_incremental_delete_insert_sql(arg_dict) %}
    {{ return(get_delete_insert_merge_sql(
        arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'], arg_dict['dest_columns'],
        arg_dict['incremental_predicates']
    )) }}
{% endmacro %}

{% macro get_incremental_merge_sql(arg_dict) %}
    {{ return(adapter.dispatch('get_incremental_merge_sql', 'dbt')(arg_dict)) }}
{% endmacro %}

{% macro default__get_incremental_merge_sql(arg_dict) %}
    {{ return(get_merge_sql(
        arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'], arg_dict['dest_columns'],
        arg_dict['incremental_predicates']
    )) }}
{% endmacro %}

{% macro get_incremental_default_sql(arg_dict) %}
    {{ return(adapter.dispatch('get_incremental_default_sql', 'dbt')(arg_dict)) }}
{% endmacro %}

{% macro default__get_incremental_default_sql(arg_dict) %}
    {{ return(get_incremental_delete_insert_sql(arg_dict) if arg_dict['unique_key'] else get_incremental_append_sql(arg_dict)) }}
{% endmacro %}
