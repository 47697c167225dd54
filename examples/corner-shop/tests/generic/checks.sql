{% test not_negative(model, column_name) %}
select {{ column_name }} from {{ model }} where {{ column_name }} < 0
{% endtest %}

{% test unique_together(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{% test fresh_enough(model, column) %}
select max({{ column }}) as newest from {{ model }} having max({{ column }}) < '2024-01-01'
{% endtest %}
