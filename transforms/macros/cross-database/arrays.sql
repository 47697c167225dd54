{#- Arrays, which TiDB, MySQL and MariaDB do not have. -#}

{% macro array_construct(inputs=[], data_type='integer') -%}
    {{ return(adapter.dispatch('array_construct', 'dbt')(inputs, data_type)) }}
{%- endmacro %}

{% macro default__array_construct(inputs, data_type) -%}
    {%- if inputs | length > 0 -%}
    array[{{ inputs | join(', ') }}]
    {%- else -%}
    array[]::{{ data_type }}[]
    {%- endif -%}
{%- endmacro %}

{% macro mysql__array_construct(inputs, data_type) -%}
    {{ millrace__no_arrays('array_construct') }}
{%- endmacro %}

{% macro array_append(array, new_element) -%}
    {{ return(adapter.dispatch('array_append', 'dbt')(array, new_element)) }}
{%- endmacro %}

{% macro default__array_append(array, new_element) -%}
    array_append({{ array }}, {{ new_element }})
{%- endmacro %}

{% macro mysql__array_append(array, new_element) -%}
    {{ millrace__no_arrays('array_append') }}
{%- endmacro %}

{% macro array_concat(array_1, array_2) -%}
    {{ return(adapter.dispatch('array_concat', 'dbt')(array_1, array_2)) }}
{%- endmacro %}

{% macro default__array_concat(array_1, array_2) -%}
    array_cat({{ array_1 }}, {{ array_2 }})
{%- endmacro %}

{% macro mysql__array_concat(array_1, array_2) -%}
    {{ millrace__no_arrays('array_concat') }}
{%- endmacro %}

{% macro millrace__no_arrays(name) -%}
    {{ exceptions.raise_compiler_error(name ~ ': ' ~ target.type ~ ' has no arrays; keep the values as rows, or as a text in JSON') }}
{%- endmacro %}
