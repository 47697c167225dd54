{#- A column for each value. -#}
{% macro pivot(column, values, agg='sum', cmp='=', prefix='', suffix='', then_value=1, else_value=0, distinct=false, quote_identifiers=true) -%}
    {%- for value in values %}
    {{ agg }}({{ 'distinct ' if distinct }}case when {{ column }} {{ cmp }} '{{ dbt.escape_single_quotes(value) }}' then {{ then_value }} else {{ else_value }} end) as {{ adapter.quote(prefix ~ value ~ suffix) if quote_identifiers else idioms.slug(prefix ~ value ~ suffix) }}
    {{- ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- A row for each column. -#}
{% macro unpivot(relation, cast_to, exclude=[], remove=[], field_name='field_name', value_name='value') -%}
    {%- set ns = namespace(first=true) -%}
    {%- for column in idioms.columns_of(relation) -%}
        {%- if column.name not in exclude + remove -%}
            {{ '' if ns.first else 'union all' }}
            {%- set ns.first = false %}
    select
        {%- for kept in exclude %}
        {{ kept }},
        {%- endfor %}
        cast('{{ column.name }}' as {{ dbt.type_string() }}) as {{ field_name }},
        cast({{ 'case when ' ~ column.name ~ " then 'true' else 'false' end" if column.data_type == 'boolean' else column.name }} as {{ cast_to }}) as {{ value_name }}
    from {{ relation }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro group_by(n) -%}
    {% for i in range(1, n + 1) %}{{ i }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro slug(text) -%}
    {%- set text = modules.re.sub('[ -]+', '_', text | lower) -%}
    {%- set text = modules.re.sub('[^a-z0-9_]+', '', text) -%}
    {{ return(modules.re.sub('^[0-9]', '_\\g<0>', text)) }}
{%- endmacro %}

{#- Numbers from 1 on, one a row. -#}
{% macro numbers(upper_bound) -%}
    {{ return(dbt.generate_series(upper_bound)) }}
{%- endmacro %}

{#- Every day of a span, the end left out. -#}
{% macro days_between(first, last) -%}
    with spine as ({{ dbt.date_spine(datepart='day', start_date=first, end_date=last) }})
    select cast(date_day as date) as day from spine
{%- endmacro %}
