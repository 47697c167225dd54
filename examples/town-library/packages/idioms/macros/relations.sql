{#- Stops with a message where something is no relation. -#}
{% macro expect_relation(given, who) -%}
    {%- if not (given is mapping and given.get('metadata', {}).get('type', '').endswith('Relation')) -%}
        {%- do exceptions.raise_compiler_error(who ~ ' takes a relation, not ' ~ given) -%}
    {%- endif -%}
{%- endmacro %}

{% macro columns_of(from, except=[]) -%}
    {%- do idioms.expect_relation(from, 'columns_of') -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set left_out = except | map('lower') | list -%}
    {%- set kept = [] -%}
    {%- for column in adapter.get_columns_in_relation(from) if column.name | lower not in left_out -%}
        {%- do kept.append(column) -%}
    {%- endfor -%}
    {{ return(kept) }}
{%- endmacro %}

{% macro star(from, relation_alias=false, except=[], prefix='', suffix='', quote_identifiers=true) -%}
    {%- set columns = idioms.columns_of(from, except) -%}
    {%- if columns | length == 0 -%}
        {{ return('*') }}
    {%- endif -%}
    {%- for column in columns -%}
        {{ relation_alias ~ '.' if relation_alias else '' }}
        {%- set name = column.name.strip() -%}
        {{ adapter.quote(name) if quote_identifiers else name }}
        {%- if prefix or suffix %} as {{ adapter.quote(prefix ~ name ~ suffix) }}{% endif -%}
        {{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Rows of several relations, with NULL for columns that one of them lacks. -#}
{% macro union_relations(relations, source_column_name='_source', exclude=[]) -%}
    {%- set superset = {} -%}
    {%- set columns_by_relation = {} -%}
    {%- for relation in relations -%}
        {%- set names = [] -%}
        {%- for column in idioms.columns_of(relation, exclude) -%}
            {%- do names.append(column.name) -%}
            {%- if column.name not in superset -%}
                {%- do superset.update({column.name: column}) -%}
            {%- elif column.is_string() and superset[column.name].is_string() and column.string_size() > superset[column.name].string_size() -%}
                {%- do superset.update({column.name: column}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do columns_by_relation.update({relation: names}) -%}
    {%- endfor -%}
    {%- for relation in relations %}
    (
        select
            cast({{ dbt.string_literal(relation.identifier) }} as {{ dbt.type_string() }}) as {{ source_column_name }}
            {%- for name in superset.keys() %},
            {% if name in columns_by_relation[relation] -%}
            {{ adapter.quote(name) }}
            {%- else -%}
            cast(null as {{ superset[name].data_type }}) as {{ adapter.quote(name) }}
            {%- endif -%}
            {%- endfor %}
        from {{ relation }}
    )
    {{ 'union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Values of a column, the most frequent first: a list for templates. -#}
{% macro column_values(table, column, order_by='count(*) desc, 1', max_records=none, default=[]) -%}
    {%- if not execute -%}{{ return(default) }}{%- endif -%}
    {%- if load_relation(table) is none -%}{{ return(default) }}{%- endif -%}
    {%- call statement('values_of', fetch_result=true) %}
        select {{ column }} as value
        from {{ table }}
        group by {{ column }}
        order by {{ order_by }}
        {% if max_records is not none %}limit {{ max_records }}{% endif %}
    {%- endcall -%}
    {{ return(load_result('values_of')['data'] | map(attribute=0) | list) }}
{%- endmacro %}

{#- One row of each part, whatever is NULL in it. -#}
{% macro deduplicate(relation, partition_by, order_by) -%}
    select {{ idioms.star(relation, relation_alias='numbered') }}
    from (
        select rows_of.*, row_number() over (partition by {{ partition_by }} order by {{ order_by }}) as idioms_row
        from {{ relation }} as rows_of
    ) as numbered
    where numbered.idioms_row = 1
{%- endmacro %}

{% macro relations_like(schema, prefix) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- set names = run_query("select table_name as name from information_schema.tables where table_schema = '" ~ schema ~ "' order by 1") -%}
        {%- for row in names if row['name'].startswith(prefix) -%}
            {%- do found.append(api.Relation.create(database=target.database if target.type == 'duckdb' else none, schema=schema, identifier=row['name'])) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
