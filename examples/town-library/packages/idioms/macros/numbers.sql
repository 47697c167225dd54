{% macro safe_add(fields) -%}
    {%- if fields is string or fields is not iterable -%}
        {%- do exceptions.raise_compiler_error('safe_add takes a list of fields') -%}
    {%- endif -%}
    {% for field in fields %}coalesce({{ field }}, 0){{ ' + ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro safe_subtract(fields) -%}
    {% for field in fields %}coalesce({{ field }}, 0){{ ' - ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro safe_divide(numerator, denominator) -%}
    {{ return(adapter.dispatch('safe_divide', 'idioms')(numerator, denominator)) }}
{%- endmacro %}

{% macro default__safe_divide(numerator, denominator) -%}
    ( {{ numerator }} ) / nullif( ( {{ denominator }} ), 0)
{%- endmacro %}

{#- Which of n buckets of one width a number is in: 0 below the first, n + 1 above the last. -#}
{% macro width_bucket(expr, min_value, max_value, num_buckets) -%}
    {%- set width = '((' ~ max_value ~ ') - (' ~ min_value ~ ')) / ' ~ num_buckets -%}
    case
        when {{ expr }} < {{ min_value }} then 0
        when {{ expr }} >= {{ max_value }} then {{ num_buckets }} + 1
        else cast(floor(({{ expr }} - {{ min_value }}) / ({{ width }})) as {{ dbt.type_int() }}) + 1
    end
{%- endmacro %}

{% macro haversine_km(lat1, lon1, lat2, lon2) -%}
    2 * 6371 * asin(sqrt(
        power(sin(radians({{ lat2 }} - {{ lat1 }}) / 2), 2)
        + cos(radians({{ lat1 }})) * cos(radians({{ lat2 }})) * power(sin(radians({{ lon2 }} - {{ lon1 }}) / 2), 2)
    ))
{%- endmacro %}

{#- What stands behind a name in the query of an address. -#}
{% macro url_parameter(field, parameter) -%}
    {%- set formatted = "'" ~ parameter ~ "='" -%}
    nullif({{ dbt.split_part(dbt.split_part(field, formatted, 2), "'&'", 1) }}, '')
{%- endmacro %}

{% macro url_host(field) -%}
    {%- set without_scheme = dbt.replace(dbt.replace(field, "'https://'", "''"), "'http://'", "''") -%}
    {{ dbt.split_part(dbt.split_part(without_scheme, "'/'", 1), "'?'", 1) }}
{%- endmacro %}
