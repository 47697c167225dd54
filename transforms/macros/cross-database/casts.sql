{#- Types and casts. Types are named as columns have them; `cast` has other names, which the dialect pass puts in. -#}

{% macro type_string() -%}
    {{ return(adapter.dispatch('type_string', 'dbt')()) }}
{%- endmacro %}

{% macro default__type_string() -%}
    text
{%- endmacro %}

{% macro type_timestamp() -%}
    {{ return(adapter.dispatch('type_timestamp', 'dbt')()) }}
{%- endmacro %}

{% macro default__type_timestamp() -%}
    timestamp
{%- endmacro %}

{#- TIMESTAMP ends in 2038. -#}
{% macro mysql__type_timestamp() -%}
    datetime(6)
{%- endmacro %}

{% macro type_float() -%}
    {{ return(adapter.dispatch('type_float', 'dbt')()) }}
{%- endmacro %}

{#- FLOAT has 32 bits here. -#}
{% macro default__type_float() -%}
    double
{%- endmacro %}

{% macro type_numeric() -%}
    {{ return(adapter.dispatch('type_numeric', 'dbt')()) }}
{%- endmacro %}

{% macro default__type_numeric() -%}
    numeric(28, 6)
{%- endmacro %}

{% macro mysql__type_numeric() -%}
    decimal(28, 6)
{%- endmacro %}

{% macro type_bigint() -%}
    {{ return(adapter.dispatch('type_bigint', 'dbt')()) }}
{%- endmacro %}

{% macro default__type_bigint() -%}
    bigint
{%- endmacro %}

{% macro type_int() -%}
    {{ return(adapter.dispatch('type_int', 'dbt')()) }}
{%- endmacro %}

{% macro default__type_int() -%}
    int
{%- endmacro %}

{% macro type_boolean() -%}
    {{ return(adapter.dispatch('type_boolean', 'dbt')()) }}
{%- endmacro %}

{% macro default__type_boolean() -%}
    boolean
{%- endmacro %}

{% macro cast(field, type) -%}
    {{ return(adapter.dispatch('cast', 'dbt')(field, type)) }}
{%- endmacro %}

{% macro default__cast(field, type) -%}
    cast({{ field }} as {{ type }})
{%- endmacro %}

{% macro safe_cast(field, type) -%}
    {{ return(adapter.dispatch('safe_cast', 'dbt')(field, type)) }}
{%- endmacro %}

{% macro default__safe_cast(field, type) -%}
    try_cast({{ field }} as {{ type }})
{%- endmacro %}

{#-
NULL where the text of the value is none of the type. What is cast is looked at before, and is NULL where it does not do: a failed cast would
warn, and TiDB casts constants of branches that are never taken. An offset of a moment is none that it knows, nor a fraction of a number's exponent.
-#}
{% macro mysql__safe_cast(field, type) -%}
    {%- set name = (type | string | lower).split('(')[0] | trim -%}
    {%- set args = ((type | string).split('(')[1]).split(')')[0] if '(' in type | string else '' -%}
    {%- if name in ['text', 'string', 'varchar', 'char', 'character varying', 'nvarchar', 'longtext', 'mediumtext'] -%}
    cast({{ field }} as char)
    {%- elif name in millrace__whole_numbers() -%}
    {{ millrace__safe_whole(field, millrace__whole_numbers()[name]) }}
    {%- elif name in ['numeric', 'decimal', 'number', 'dec'] -%}
    {{ millrace__safe_decimal(field, args or '65, 30') }}
    {%- elif name in ['double', 'double precision', 'float', 'float8', 'float64', 'real'] -%}
    cast({{ millrace__number_text(field) }} as double)
    {%- elif name in ['boolean', 'bool'] -%}
    {{ millrace__safe_boolean(field) }}
    {%- elif name == 'date' -%}
    cast({{ millrace__date_text(field) }} as date)
    {%- elif name in ['timestamp', 'timestamp without time zone', 'timestamp_ntz', 'datetime'] -%}
    cast({{ millrace__moment_text(field) }} as datetime({{ args or 6 }}))
    {%- else -%}
        {{ exceptions.raise_compiler_error('safe_cast does not know when a value is no ' ~ type) }}
    {%- endif -%}
{%- endmacro %}

{#- The powers of two at which whole numbers end. -#}
{% macro millrace__whole_numbers() -%}
    {{ return({
        'tinyint': 7, 'smallint': 15, 'int2': 15, 'int': 31, 'integer': 31, 'int4': 31, 'mediumint': 31,
        'bigint': 63, 'int8': 63, 'int64': 63
    }) }}
{%- endmacro %}

{#- The text of a number. Exponents have two digits: a number with more is none that a column of numbers keeps. -#}
{% macro millrace__number_text(field) -%}
    {%- set text = 'trim(cast(' ~ field ~ ' as char))' -%}
    case when {{ text }} regexp '^[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,2})?$' then {{ text }} end
{%- endmacro %}

{#- A number below a power of ten, with as many digits behind the point as a decimal can have. -#}
{% macro millrace__bounded_decimal(field, power) -%}
    {%- set text = millrace__number_text(field) -%}
    cast(case when abs(cast({{ text }} as double)) < 1e{{ power }} then {{ text }} end as decimal(65, 30))
{%- endmacro %}

{% macro millrace__safe_whole(field, bits) -%}
    {%- set number = 'round(' ~ millrace__bounded_decimal(field, 19) ~ ')' -%}
    cast(case when {{ number }} between {{ -(2 ** bits) }} and {{ 2 ** bits - 1 }} then {{ number }} end as signed)
{%- endmacro %}

{#- Rounded before it is cast, for TiDB warns of a cast that rounds. -#}
{% macro millrace__safe_decimal(field, args) -%}
    {%- set digits = args.split(',')[0] | trim | int -%}
    {%- set scale = (args.split(',')[1] | trim | int) if ',' in args else 0 -%}
    {%- set whole = [digits - scale, 34] | min -%}
    {%- set number = 'round(' ~ millrace__bounded_decimal(field, whole + 1) ~ ', ' ~ scale ~ ')' -%}
    cast(case when abs({{ number }}) < 1{{ '0' * whole }} then {{ number }} end as decimal({{ digits }}, {{ scale }}))
{%- endmacro %}

{% macro millrace__safe_boolean(field) -%}
    case
        when lower(cast({{ field }} as char)) in ('true', 't', 'yes', 'y', '1') then true
        when lower(cast({{ field }} as char)) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}

{#- The date that a text begins with, if it is in the calendar. -#}
{% macro millrace__date_text(field) -%}
    {%- set text = 'trim(cast(' ~ field ~ ' as char))' -%}
    {%- set date -%}
    case
        when {{ text }} regexp '^[0-9]{4}[-/](0?[1-9]|1[0-2])[-/](0?[1-9]|[12][0-9]|3[01])([^0-9].*)?$'
        then replace(regexp_substr({{ text }}, '^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}'), '/', '-')
    end
    {%- endset -%}
    case
        when dayofmonth(last_day(concat(substring_index({{ date }}, '-', 2), '-01'))) >= substring_index({{ date }}, '-', -1) + 0
        then {{ date }}
    end
{%- endmacro %}

{#- A date in the calendar, alone or with a time of day, whose digits beyond microseconds are left out. -#}
{% macro millrace__moment_text(field) -%}
    {%- set text = 'trim(cast(' ~ field ~ ' as char))' -%}
    case
        when {{ text }} regexp '^[^ T]+([ T]([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9]([.][0-9]+)?)?)?$'
            and {{ millrace__date_text(field) }} is not null
        then replace(regexp_substr({{ text }}, '^[^.]*([.][0-9]{1,6})?'), '/', '-')
    end
{%- endmacro %}

{% macro cast_bool_to_text(field) -%}
    {{ return(adapter.dispatch('cast_bool_to_text', 'dbt')(field)) }}
{%- endmacro %}

{% macro default__cast_bool_to_text(field) -%}
    cast({{ field }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro mysql__cast_bool_to_text(field) -%}
    case when {{ field }} then 'true' when not ({{ field }}) then 'false' end
{%- endmacro %}
