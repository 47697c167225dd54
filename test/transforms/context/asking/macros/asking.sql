{% macro prepare() %}
    {% do run_query('create or replace table made (id integer, name varchar, amount decimal(10, 2), day date, moment timestamp, ok boolean, big hugeint)') %}
    {% do run_query("insert into made values (1, 'one', 1.50, '2024-02-29', '2024-02-29 13:14:15.5', true, 170141183460469231731687303715884105727), (2, null, 0.25, null, null, false, 2)") %}
    {% do run_query('create or replace table increments as select 1 as id') %}
{% endmacro %}
{% macro made() %}
    {{ return(api.Relation.create(database=target.database, schema='main', identifier='made')) }}
{% endmacro %}
{% macro names_of(relation) %}
    {% set names = [] %}
    {% for column in adapter.get_columns_in_relation(relation) %}{% do names.append(column.name ~ ':' ~ column.is_string()) %}{% endfor %}
    {{ return(names) }}
{% endmacro %}
{% macro fails() %}{{ exceptions.raise_compiler_error('on purpose: ' ~ model.name) }}{% endmacro %}
