{#- What projects may call as dbt's own materializations, from theirs of the same name: millrace does the work, the hooks too. -#}

{% materialization view, default %}
    {{ return(millrace__own_materialization('view')) }}
{% endmaterialization %}

{% materialization table, default %}
    {{ return(millrace__own_materialization('table')) }}
{% endmaterialization %}

{% materialization incremental, default %}
    {{ return(millrace__own_materialization('incremental')) }}
{% endmaterialization %}

{% macro millrace__own_materialization(name) %}
    {% do adapter.commit() %}
    {% set response = millrace_build(name) %}
    {% do store_raw_result(
        'main', message=response['_message'], code=response['code'], rows_affected=response['rows_affected']
    ) %}
    {{ return({'relations': [this]}) }}
{% endmacro %}

{#- For models whose `incremental_strategy` is a macro of the project: the table is millrace's, the statement for new rows the macro's. -#}
{% materialization incremental_by_macro, default %}
    {% set there = load_cached_relation(this) %}
    {% if there is none or there.is_view or should_full_refresh() %}
        {{ return(millrace__own_materialization('table')) }}
    {% endif %}
    {% set fresh = make_temp_relation(this.incorporate(type='table')) %}
    {% set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change')) %}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {% do run_query(get_create_table_as_sql(true, fresh, sql)) %}
    {% set columns = process_schema_changes(on_schema_change, fresh, there) or adapter.get_columns_in_relation(there) %}
    {% set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy')) %}
    {% call statement('main') %}
        {{ strategy({
            'target_relation': this.incorporate(type='table'),
            'temp_relation': fresh,
            'unique_key': config.get('unique_key'),
            'dest_columns': columns,
            'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none),
        }) }}
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [this]}) }}
{% endmaterialization %}

