{#-
Dates and times. On TiDB, MySQL and MariaDB all moments are DATETIME(6): what is given is cast to it, so that texts and dates do as well, and
what comes back is one, except for `last_day` and `date`. Parts are named as DuckDB names them, in any case, one or many.
-#}

{% macro dateadd(datepart, interval, from_date_or_timestamp) -%}
    {{ return(adapter.dispatch('dateadd', 'dbt')(datepart, interval, from_date_or_timestamp)) }}
{%- endmacro %}

{% macro default__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set unit = millrace__interval_unit('dateadd', datepart) -%}
    (cast({{ from_date_or_timestamp }} as timestamp) + interval (({{ interval }}){{ ' * ' ~ unit.times if unit.times > 1 }}) {{ unit.name }})
{%- endmacro %}

{% macro mysql__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {%- set unit = millrace__interval_unit('dateadd', datepart) -%}
    date_add(cast({{ from_date_or_timestamp }} as datetime(6)), interval 0 + ({{ interval }}){{ ' * ' ~ unit.times if unit.times > 1 }} {{ unit.name }})
{%- endmacro %}

{#- Part of a date as one word in small letters. -#}
{% macro millrace__date_part(name, datepart) -%}
    {%- set part = (datepart | string | trim).strip("'").lower() -%}
    {%- set irregular = {'centuries': 'century', 'weekday': 'day'} -%}
    {%- if part in irregular -%}
        {{ return(irregular[part]) }}
    {%- endif -%}
    {%- set part = part[:-1] if part.endswith('s') else part -%}
    {%- if part not in [
        'microsecond', 'millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'decade', 'century'
    ] -%}
        {{ exceptions.raise_compiler_error(name ~ ' knows no part of a date that is called ' ~ datepart) }}
    {%- endif -%}
    {{ return(part) }}
{%- endmacro %}

{#- The server's unit of intervals for a part, and how many of it make one. -#}
{% macro millrace__interval_unit(name, datepart) -%}
    {%- set part = millrace__date_part(name, datepart) -%}
    {%- set made = {
        'millisecond': {'name': 'microsecond', 'times': 1000},
        'decade': {'name': 'year', 'times': 10},
        'century': {'name': 'year', 'times': 100}
    } -%}
    {{ return(made.get(part, {'name': part, 'times': 1})) }}
{%- endmacro %}

{% macro datediff(first_date, second_date, datepart) -%}
    {{ return(adapter.dispatch('datediff', 'dbt')(first_date, second_date, datepart)) }}
{%- endmacro %}

{% macro default__datediff(first_date, second_date, datepart) -%}
    {%- set part = millrace__date_part('datediff', datepart) -%}
    {%- if part == 'week' -%}
    (date_diff('day', date_trunc('week', cast({{ first_date }} as timestamp)), date_trunc('week', cast({{ second_date }} as timestamp))) // 7)
    {%- else -%}
    date_diff('{{ part }}', cast({{ first_date }} as timestamp), cast({{ second_date }} as timestamp))
    {%- endif -%}
{%- endmacro %}

{#- How many borders of a part lie between two moments. Weeks begin on Monday. -#}
{% macro mysql__datediff(first_date, second_date, datepart) -%}
    {%- set part = millrace__date_part('datediff', datepart) -%}
    ({{ millrace__count_of(part, second_date) }} - {{ millrace__count_of(part, first_date) }})
{%- endmacro %}

{#- A number of the part that a moment is in, counted from some beginning. Numbers are signed, for those of MySQL's YEAR are not. -#}
{% macro millrace__count_of(part, moment) -%}
    {%- set at = 'cast(' ~ moment ~ ' as datetime(6))' -%}
    {%- set year = 'cast(year(' ~ at ~ ') as signed)' -%}
    {%- set day = 'cast(to_days(' ~ at ~ ') as signed)' -%}
    {%- set hour = '(' ~ day ~ ' * 24 + hour(' ~ at ~ '))' -%}
    {%- set minute = '(' ~ hour ~ ' * 60 + minute(' ~ at ~ '))' -%}
    {%- set second = '(' ~ minute ~ ' * 60 + second(' ~ at ~ '))' -%}
    {{ return({
        'century': '(' ~ year ~ ' div 100)',
        'decade': '(' ~ year ~ ' div 10)',
        'year': year,
        'quarter': '(' ~ year ~ ' * 4 + quarter(' ~ at ~ '))',
        'month': '(' ~ year ~ ' * 12 + month(' ~ at ~ '))',
        'week': '((' ~ day ~ ' + 5) div 7)',
        'day': day,
        'hour': hour,
        'minute': minute,
        'second': second,
        'millisecond': '(' ~ second ~ ' * 1000 + microsecond(' ~ at ~ ') div 1000)',
        'microsecond': '(' ~ second ~ ' * 1000000 + microsecond(' ~ at ~ '))'
    }[part]) }}
{%- endmacro %}

{% macro date_trunc(datepart, date) -%}
    {{ return(adapter.dispatch('date_trunc', 'dbt')(datepart, date)) }}
{%- endmacro %}

{% macro default__date_trunc(datepart, date) -%}
    date_trunc('{{ millrace__date_part('date_trunc', datepart) }}', cast({{ date }} as timestamp))
{%- endmacro %}

{% macro mysql__date_trunc(datepart, date) -%}
    {%- set part = millrace__date_part('date_trunc', datepart) -%}
    {%- set at = 'cast(' ~ date ~ ' as datetime(6))' -%}
    {%- set day = 'cast(' ~ at ~ ' as date)' -%}
    {%- set january = 'date_sub(' ~ day ~ ', interval dayofyear(' ~ at ~ ') - 1 day)' -%}
    {%- set truncated = {
        'century': 'date_sub(' ~ january ~ ', interval year(' ~ at ~ ') % 100 year)',
        'decade': 'date_sub(' ~ january ~ ', interval year(' ~ at ~ ') % 10 year)',
        'year': january,
        'quarter': 'date_add(' ~ january ~ ', interval quarter(' ~ at ~ ') - 1 quarter)',
        'month': 'date_sub(' ~ day ~ ', interval dayofmonth(' ~ at ~ ') - 1 day)',
        'week': 'date_sub(' ~ day ~ ', interval mod(to_days(' ~ at ~ ') + 5, 7) day)',
        'day': day,
        'hour': "date_format(" ~ at ~ ", '%Y-%m-%d %H:00:00')",
        'minute': "date_format(" ~ at ~ ", '%Y-%m-%d %H:%i:00')",
        'second': "date_format(" ~ at ~ ", '%Y-%m-%d %H:%i:%s')",
        'millisecond': 'date_sub(' ~ at ~ ', interval microsecond(' ~ at ~ ') % 1000 microsecond)',
        'microsecond': at
    }[part] -%}
    cast({{ truncated }} as datetime(6))
{%- endmacro %}

{% macro last_day(date, datepart) -%}
    {{ return(adapter.dispatch('last_day', 'dbt')(date, datepart)) }}
{%- endmacro %}

{#- The day before the next one begins. -#}
{% macro default__last_day(date, datepart) -%}
    cast({{ dbt.dateadd('day', '-1', dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date))) }} as date)
{%- endmacro %}

{% macro date(year, month, day) -%}
    {{ return(adapter.dispatch('date', 'dbt')(year, month, day)) }}
{%- endmacro %}

{% macro default__date(year, month, day) -%}
    make_date({{ year }}, {{ month }}, {{ day }})
{%- endmacro %}

{% macro mysql__date(year, month, day) -%}
    cast(concat(lpad({{ year }}, 4, '0'), '-', lpad({{ month }}, 2, '0'), '-', lpad({{ day }}, 2, '0')) as date)
{%- endmacro %}

{% macro current_timestamp() -%}
    {{ return(adapter.dispatch('current_timestamp', 'dbt')()) }}
{%- endmacro %}

{#- Without a zone: sessions are in UTC. -#}
{% macro default__current_timestamp() -%}
    cast(now() as timestamp)
{%- endmacro %}

{% macro mysql__current_timestamp() -%}
    current_timestamp(6)
{%- endmacro %}

{% macro current_timestamp_backcompat() -%}
    {{ return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) }}
{%- endmacro %}

{% macro default__current_timestamp_backcompat() -%}
    {{ dbt.current_timestamp() }}
{%- endmacro %}

{% macro current_timestamp_in_utc_backcompat() -%}
    {{ return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) }}
{%- endmacro %}

{% macro default__current_timestamp_in_utc_backcompat() -%}
    {{ dbt.current_timestamp() }}
{%- endmacro %}

{% macro mysql__current_timestamp_in_utc_backcompat() -%}
    utc_timestamp(6)
{%- endmacro %}
