{#- What materializations of projects make tables and views by. -#}

{% macro get_create_table_as_sql(temporary, relation, sql) -%}
    {{ adapter.dispatch('get_create_table_as_sql', 'dbt')(temporary, relation, sql) }}
{%- endmacro %}

{% macro default__get_create_table_as_sql(temporary, relation, sql) -%}
    {{ return(create_table_as(temporary, relation, sql)) }}
{%- endmacro %}

{% macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if language != 'sql' -%}
        {% do exceptions.raise_compiler_error('models are in SQL, not in ' ~ language) %}
    {%- endif -%}
    {{ adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code) }}
{%- endmacro %}

{% macro default__create_table_as(temporary, relation, sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- if contract and contract.enforced and not temporary -%}
        {{ config.get('sql_header') or '' }}
        create table {{ relation }} {{ get_table_columns_and_constraints() }};
        insert into {{ relation }} {{ get_select_subquery(sql) }}
    {%- else -%}
        {{ config.get('sql_header') or '' }}
        create {{ 'temporary' if temporary }} table {{ relation.include(database=not temporary, schema=not temporary) }}
        as (
            {{ sql }}
        )
    {%- endif -%}
{%- endmacro %}

{#- The table is there when this returns, with the types of the query; its rows come by the statement. -#}
{% macro mysql__create_table_as(temporary, relation, sql) -%}
    {%- do millrace__run_header() -%}
    {{ return(adapter.millrace_create_table(relation, sql, temporary)) }}
{%- endmacro %}

{#- One text would be several statements, of which only the last one's result counts. -#}
{% macro millrace__run_header() %}
    {% if config.get('sql_header') %}
        {% do run_query(config.get('sql_header')) %}
    {% endif %}
{% endmacro %}

{% macro get_create_view_as_sql(relation, sql) -%}
    {{ adapter.dispatch('get_create_view_as_sql', 'dbt')(relation, sql) }}
{%- endmacro %}

{% macro default__get_create_view_as_sql(relation, sql) -%}
    {{ return(create_view_as(relation, sql)) }}
{%- endmacro %}

{% macro create_view_as(relation, sql) -%}
    {{ adapter.dispatch('create_view_as', 'dbt')(relation, sql) }}
{%- endmacro %}

{% macro default__create_view_as(relation, sql) -%}
    {{ config.get('sql_header') or '' }}
    create view {{ relation }} as (
        {{ sql }}
    )
{%- endmacro %}

{#- MariaDB takes no parentheses around a query that begins with WITH. -#}
{% macro mysql__create_view_as(relation, sql) -%}
    {%- do millrace__run_header() -%}
    create or replace view {{ relation }} as
    {{ sql }}
{%- endmacro %}

{#- Columns of the contract, in its order. -#}
{% macro get_select_subquery(sql) -%}
    select
        {%- for name in model.columns %}
        {{ adapter.quote(name) if model.columns[name].quote else name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as model_subq
{%- endmacro %}

{% macro get_table_columns_and_constraints() -%}
    (
        {%- for name in model.columns %}
        {%- set column = model.columns[name] %}
        {{ adapter.quote(name) if column.quote else name }} {{ column.data_type }}
        {%- for constraint in column.constraints %} {{ millrace__constraint(constraint) }}{% endfor %}
        {{- ',' if not loop.last or model.constraints }}
        {%- endfor %}
        {%- for constraint in model.constraints %}
        {{ millrace__constraint(constraint, constraint.columns) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro millrace__constraint(constraint, columns=none) -%}
    {%- set list = ' (' ~ columns | join(', ') ~ ')' if columns else '' -%}
    {%- set expression = constraint.expression or '' -%}
    {%- if constraint.type == 'not_null' -%} not null {{ expression }}
    {%- elif constraint.type == 'unique' -%} unique{{ list }} {{ expression }}
    {%- elif constraint.type == 'primary_key' -%} primary key{{ list }} {{ expression }}
    {%- elif constraint.type == 'check' -%} check ({{ expression }})
    {%- elif constraint.type == 'foreign_key' -%}
        {{ 'foreign key' ~ list if columns }} references {{ constraint.to ~ ' (' ~ constraint.to_columns | join(', ') ~ ')' if constraint.to else expression }}
    {%- else -%} {{ expression }}
    {%- endif -%}
{%- endmacro %}

{#- Descriptions, where `persist_docs` asks for them. -#}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {{ return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) }}
{%- endmacro %}

{% macro default__persist_docs(relation, model, for_relation, for_columns) %}
    {% set kind = 'view' if relation.type == 'view' else 'table' %}
    {% if for_relation and config.persist_relation_docs() and model.description %}
        {% do run_query('comment on ' ~ kind ~ ' ' ~ relation ~ " is '" ~ escape_single_quotes(model.description) ~ "'") %}
    {% endif %}
    {% if for_columns and config.persist_column_docs() %}
        {% for name in model.columns if model.columns[name].description %}
            {% do run_query('comment on column ' ~ relation ~ '.' ~ adapter.quote(name) ~ " is '" ~ escape_single_quotes(model.columns[name].description) ~ "'") %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{#- Tables get those of their columns when they are made; views have none. -#}
{% macro mysql__persist_docs(relation, model, for_relation, for_columns) %}
    {% if for_relation and config.persist_relation_docs() and model.description and relation.type != 'view' %}
        {% do run_query('alter table ' ~ relation ~ " comment '" ~ escape_single_quotes(model.description) ~ "'") %}
    {% endif %}
{% endmacro %}

{% macro create_indexes(relation) -%}
    {% for index in config.get('indexes', []) %}
        {% do run_query(get_create_index_sql(relation, index)) %}
    {% endfor %}
{%- endmacro %}

{% macro get_create_index_sql(relation, index_dict) -%}
    {{ return(adapter.dispatch('get_create_index_sql', 'dbt')(relation, index_dict)) }}
{%- endmacro %}

{% macro default__get_create_index_sql(relation, index_dict) -%}
    create {{ 'unique' if index_dict.get('unique') }} index
        {{ adapter.quote('mr_' ~ local_md5(relation ~ tojson(index_dict))[:24]) }}
        on {{ relation }} ({{ get_quoted_csv(index_dict['columns']) }})
{%- endmacro %}
