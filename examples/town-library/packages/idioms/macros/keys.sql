{% macro surrogate_key(fields) -%}
    {{ return(adapter.dispatch('surrogate_key', 'idioms')(fields)) }}
{%- endmacro %}

{% macro default__surrogate_key(fields) -%}
    {{ dbt.hash(idioms.joined_fields(fields)) }}
{%- endmacro %}

{#- All fields as one text; NULLs are told from empty texts by a mark. -#}
{% macro joined_fields(fields) -%}
    {%- set texts = [] -%}
    {%- for field in fields -%}
        {%- do texts.append("coalesce(cast(" ~ field ~ " as " ~ dbt.type_string() ~ "), '" ~ var('null_mark') ~ "')") -%}
        {%- if not loop.last %}{%- do texts.append("'-'") -%}{%- endif -%}
    {%- endfor -%}
    {{ dbt.concat(texts) }}
{%- endmacro %}
