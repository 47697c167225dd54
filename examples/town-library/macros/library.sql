{#- Schemas are called library__marts, not library_marts. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else target.schema ~ '__' ~ custom_schema_name | trim }}
{%- endmacro %}

{#- A statement for hooks that does nothing but be sent. -#}
{% macro note(text) -%}
    select '{{ text | replace("'", "''") }}' as note
{%- endmacro %}

{#- The package's key is MD5, which MySQL no longer has: this one is found before it. -#}
{% macro default__surrogate_key(fields) -%}
    sha256({{ idioms.joined_fields(fields) }})
{%- endmacro %}

{% macro page_number(text) -%}
    {{ return(adapter.dispatch('page_number')(text)) }}
{%- endmacro %}

{% macro default__page_number(text) -%}
    try_cast({{ text }} as integer)
{%- endmacro %}

{% macro mysql__page_number(text) -%}
    case when {{ text }} regexp '^[0-9]+$' then cast({{ text }} as signed) end
{%- endmacro %}
