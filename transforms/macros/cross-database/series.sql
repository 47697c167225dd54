{#- Rows of numbers and dates. Made by joins and not by recursion, which the reader's session of a view would cut. -#}

{% macro get_powers_of_two(upper_bound) -%}
    {{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}
{%- endmacro %}

{#- How many powers of two there are below a number, and so how many digits it takes. -#}
{% macro default__get_powers_of_two(upper_bound) -%}
    {%- if upper_bound <= 0 -%}
        {{ exceptions.raise_compiler_error('a series has a positive number of rows, not ' ~ upper_bound) }}
    {%- endif -%}
    {%- for power in range(1, 63) if 2 ** power >= upper_bound -%}
        {%- if loop.first -%}
            {{ return(power) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro generate_series(upper_bound) -%}
    {{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}
{%- endmacro %}

{#- `generated_number`, from 1. -#}
{% macro default__generate_series(upper_bound) -%}
    {%- set powers = dbt.get_powers_of_two(upper_bound) -%}
    select series.generated_number
    from (
        select
            {% for power in range(powers) %}d{{ power }}.digit * {{ 2 ** power }} + {% endfor %}1 as generated_number
        from
            {% for power in range(powers) -%}
            {{ 'cross join ' if not loop.first }}(select 0 as digit union all select 1 as digit) as d{{ power }}
            {% endfor %}
    ) as series
    where series.generated_number <= {{ upper_bound }}
{%- endmacro %}

{% macro get_intervals_between(start_date, end_date, datepart) -%}
    {{ return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) }}
{%- endmacro %}

{#- Asked of the database, for both ends may be any expression. -#}
{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
    {%- set counted = run_query('select ' ~ dbt.datediff(start_date, end_date, datepart) ~ ' as intervals') -%}
    {%- if execute -%}
        {{ return(counted.columns[0].values()[0] | int) }}
    {%- endif -%}
    {{ return(1) }}
{%- endmacro %}

{% macro date_spine(datepart, start_date, end_date) -%}
    {{ return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) }}
{%- endmacro %}

{#- `date_<part>`, from the start to before the end. -#}
{% macro default__date_spine(datepart, start_date, end_date) -%}
    {%- set count = dbt.get_intervals_between(start_date, end_date, datepart) -%}
    select spine.date_{{ datepart }}
    from (
        select {{ dbt.dateadd(datepart, 'numbers.generated_number - 1', start_date) }} as date_{{ datepart }}
        from ({{ dbt.generate_series(count) }}) as numbers
    ) as spine
    where spine.date_{{ datepart }} <= {{ end_date }}
{%- endmacro %}
