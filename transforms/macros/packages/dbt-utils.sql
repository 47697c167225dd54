{#- What dispatch finds for TiDB, MySQL and MariaDB before the package's own macros, which are wrong there. -#}

{#-
One row of each part. The package joins all columns by their equality, which drops every row with a NULL in one. A CTE's name tells no columns,
so it is refused.
-#}
{% macro mysql__deduplicate(relation, partition_by, order_by) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) if relation is mapping else [] -%}
    {%- if execute and not columns -%}
        {{ exceptions.raise_compiler_error(
            'deduplicate takes a relation here, not ' ~ relation ~ ': number its rows by row_number() and choose by that'
        ) }}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for column in columns -%}
        {%- do names.append('numbered.' ~ adapter.quote(column.name)) -%}
    {%- endfor -%}
    select {{ names | join(', ') or '*' }}
    from (
        select rows_of.*, row_number() over (partition by {{ partition_by }} order by {{ order_by }}) as millrace__row
        from {{ relation }} as rows_of
    ) as numbered
    where numbered.millrace__row = 1
{%- endmacro %}

{#- There is one catalogue for all databases, which the package looks for inside of one. -#}
{% macro mysql__get_tables_by_pattern_sql(schema_pattern, table_pattern, exclude='', database=none) -%}
    select distinct
        table_schema as {{ adapter.quote('table_schema') }},
        table_name as {{ adapter.quote('table_name') }},
        case table_type when 'BASE TABLE' then 'table' else lower(table_type) end as {{ adapter.quote('table_type') }}
    from information_schema.tables
    where lower(table_schema) like lower('{{ schema_pattern }}')
        and lower(table_name) like lower('{{ table_pattern }}')
        and lower(table_name) not like lower('{{ exclude }}')
{%- endmacro %}
