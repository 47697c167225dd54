{% macro late(sent, ordered) -%}
    {{ sent }} > {{ ordered }}
{%- endmacro %}

{#- The shop's own rounding wins over the package's. -#}
{% macro default__rounded(amount) -%}
    cast(round({{ amount }}, 2) as decimal(18, 2))
{%- endmacro %}
