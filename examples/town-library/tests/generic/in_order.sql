{% test in_order(model, column_name, by) %}
select *
from (
    select {{ column_name }} as later, lag({{ column_name }}) over (order by {{ by }}) as earlier
    from {{ model }}
) as pairs
where later < earlier
{% endtest %}
