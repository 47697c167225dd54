{% test within(model, column_name, low=none, high=none, inclusive=true) %}
select {{ column_name }}
from {{ model }}
where not (
    1 = 1
    {%- if low is not none %} and {{ column_name }} >{{ '=' if inclusive }} {{ low }}{% endif %}
    {%- if high is not none %} and {{ column_name }} <{{ '=' if inclusive }} {{ high }}{% endif %}
)
{% endtest %}

{% test holds(model, expression, column_name=none) %}
select * from {{ model }} where not ({{ expression if column_name is none else column_name ~ ' ' ~ expression }})
{% endtest %}

{% test unique_together(model, columns, quote_columns=false) %}
{%- set names = columns if not quote_columns else columns | map('string') | list %}
select {{ names | join(', ') }}
from {{ model }}
group by {{ names | join(', ') }}
having count(*) > 1
{% endtest %}

{% test same_row_count(model, other) %}
with counts as (
    select
        (select count(*) from {{ model }}) as here,
        (select count(*) from {{ other }}) as there
)
select * from counts where here <> there
{% endtest %}

{#- Rows of one relation that are not in the other, both ways. -#}
{% test same_rows(model, other, columns=none) %}
{%- set names = columns if columns else idioms.columns_of(model) | map(attribute='name') | map('lower') | list -%}
{%- set csv = names | join(', ') if names else '*' %}
with a_minus_b as (
    select {{ csv }} from {{ model }}
    {{ dbt.except() }}
    select {{ csv }} from {{ other }}
),

b_minus_a as (
    select {{ csv }} from {{ other }}
    {{ dbt.except() }}
    select {{ csv }} from {{ model }}
)

select 'a_minus_b' as which_diff, a_minus_b.* from a_minus_b
union all
select 'b_minus_a' as which_diff, b_minus_a.* from b_minus_a
{% endtest %}

{% test at_least_one(model, column_name) %}
select * from (
    select count({{ column_name }}) as filled from {{ model }}
) as counted
where filled = 0
{% endtest %}

{% test filled_share(model, column_name, at_least=0, at_most=1.0) %}
select share
from (
    select sum(case when {{ column_name }} is null then 0 else 1 end) / cast(count(*) as {{ dbt.type_numeric() }}) as share
    from {{ model }}
) as counted
where not (share between {{ at_least }} and {{ at_most }})
{% endtest %}

{#- No two spans of a part overlap. -#}
{% test exclusive_ranges(model, lower_bound, upper_bound, partition_by=none, gaps='allowed') %}
{%- set operator = {'allowed': '<=', 'not_allowed': '=', 'required': '<'}[gaps] %}
with spans as (
    select
        {{ partition_by ~ ' as part,' if partition_by }}
        {{ lower_bound }} as lower_bound,
        {{ upper_bound }} as upper_bound,
        lead({{ lower_bound }}) over (
            {{ 'partition by ' ~ partition_by if partition_by }}
            order by {{ lower_bound }}, {{ upper_bound }}
        ) as next_lower_bound
    from {{ model }}
)

select *
from spans
where not (lower_bound < upper_bound and coalesce(upper_bound {{ operator }} next_lower_bound, true))
{% endtest %}

{% test sequential(model, column_name, interval=1, datepart=none) %}
with windowed as (
    select
        {{ column_name }} as value,
        lag({{ column_name }}) over (order by {{ column_name }}) as previous
    from {{ model }}
)

select *
from windowed
{%- if datepart %}
where not (cast(value as {{ dbt.type_timestamp() }}) = cast({{ dbt.dateadd(datepart, interval, 'previous') }} as {{ dbt.type_timestamp() }}))
{%- else %}
where not (value = previous + {{ interval }})
{%- endif %}
{% endtest %}

{#- A statistic of a column, by groups, in the manner of expectations. -#}
{% test statistic_within(model, column_name, statistic, low, high, group_by=none, row_condition=none) %}
with grouped as (
    select
        {{ group_by | join(', ') ~ ',' if group_by }}
        {{ statistic }}({{ column_name }}) as expression
    from {{ model }}
    {% if row_condition %}where {{ row_condition }}{% endif %}
    {% if group_by %}group by {{ group_by | join(', ') }}{% endif %}
)

select * from grouped where not (expression >= {{ low }} and expression <= {{ high }})
{% endtest %}

{% test columns_are(model, names) %}
{%- set found = idioms.columns_of(model) | map(attribute='name') | map('lower') | list -%}
{%- set missing = [] -%}
{%- for name in names if name not in found -%}{%- do missing.append(name) -%}{%- endfor %}
select {{ missing | length if execute else 0 }} as missing
from (select 1 as one) as once
where {{ missing | length if execute else 0 }} > 0
{% endtest %}
