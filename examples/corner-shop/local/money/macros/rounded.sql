{% macro rounded(amount) -%}
    {{ return(adapter.dispatch('rounded', 'money')(amount)) }}
{%- endmacro %}

{% macro default__rounded(amount) -%}
    cast({{ amount }} as decimal(18, 2))
{%- endmacro %}
