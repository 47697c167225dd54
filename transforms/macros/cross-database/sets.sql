{#- Aggregates, sets of rows, and comparisons. -#}

{% macro any_value(expression) -%}
    {{ return(adapter.dispatch('any_value', 'dbt')(expression)) }}
{%- endmacro %}

{% macro default__any_value(expression) -%}
    any_value({{ expression }})
{%- endmacro %}

{#- MariaDB has no such function, and those of the others may give NULL; the largest is a value as good as any. -#}
{% macro mysql__any_value(expression) -%}
    max({{ expression }})
{%- endmacro %}

{% macro bool_or(expression) -%}
    {{ return(adapter.dispatch('bool_or', 'dbt')(expression)) }}
{%- endmacro %}

{% macro default__bool_or(expression) -%}
    bool_or({{ expression }})
{%- endmacro %}

{% macro mysql__bool_or(expression) -%}
    max(({{ expression }}) <> 0)
{%- endmacro %}

{% macro listagg(measure, delimiter_text="','", order_by_clause=none, limit_num=none) -%}
    {{ return(adapter.dispatch('listagg', 'dbt')(measure, delimiter_text, order_by_clause, limit_num)) }}
{%- endmacro %}

{% macro default__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    {%- if limit_num -%}
    array_to_string(list_slice(
        list({{ measure }}{{ ' ' ~ order_by_clause if order_by_clause else '' }}) filter (where {{ measure }} is not null), 1, {{ limit_num }}
    ), {{ delimiter_text }})
    {%- else -%}
    string_agg({{ measure }}, {{ delimiter_text }}{{ ' ' ~ order_by_clause if order_by_clause else '' }})
    {%- endif -%}
{%- endmacro %}

{#- Cut at a sign that no text has, for texts may have the delimiter in them. -#}
{% macro mysql__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    {%- set delimiter = delimiter_text | string | trim -%}
    {%- if not (delimiter.startswith("'") and delimiter.endswith("'") and delimiter | length > 1) -%}
        {{ exceptions.raise_compiler_error('listagg takes a text in quotes as its delimiter here, not ' ~ delimiter_text) }}
    {%- endif -%}
    {%- set order = ' ' ~ order_by_clause if order_by_clause else '' -%}
    {%- set separator = '\x1f' -%}
    {%- if limit_num -%}
    replace(substring_index(group_concat({{ measure }}{{ order }} separator '{{ separator }}'), '{{ separator }}', {{ limit_num }}), '{{ separator }}', {{ delimiter }})
    {%- else -%}
    group_concat({{ measure }}{{ order }} separator {{ delimiter }})
    {%- endif -%}
{%- endmacro %}

{% macro except() -%}
    {{ return(adapter.dispatch('except', 'dbt')()) }}
{%- endmacro %}

{% macro default__except() -%}
    except
{%- endmacro %}

{% macro intersect() -%}
    {{ return(adapter.dispatch('intersect', 'dbt')()) }}
{%- endmacro %}

{% macro default__intersect() -%}
    intersect
{%- endmacro %}

{% macro equals(expr1, expr2) -%}
    {{ return(adapter.dispatch('equals', 'dbt')(expr1, expr2)) }}
{%- endmacro %}

{#- NULL is equal to nothing, as dbt has it unless a project asks otherwise. -#}
{% macro default__equals(expr1, expr2) -%}
    ({{ expr1 }} = {{ expr2 }})
{%- endmacro %}
