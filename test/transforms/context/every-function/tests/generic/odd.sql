{% test odd(model, column_name, at_least=1, of=none) %}
{{ config(severity='warn', tags=['odd']) }}
select {{ column_name }} from {{ model }} where {{ column_name }} % 2 = 1 and {{ column_name }} >= {{ at_least }} and {{ column_name }} in (select id from {{ of }})
{% endtest %}
{% test tools_like(model, column_name, words) %}
select * from {{ model }} where {{ column_name }} in ({{ words | join(', ') }}) -- {{ model.identifier }} {{ words }}
{% endtest %}
