{% call statement('counted', fetch_result=True) %}select count(*) as n, max(day) as d, max(moment) as t from {{ made() }}{% endcall %}
{% set counted = load_result('counted') %}
{% if execute %}-- {{ counted['data'] }} {{ counted.table.columns[0].values()[0] }} {{ counted.data[0][0] + 1 }} {{ counted.table.rows[0]['d'] }} {{ load_result('nothing') }}{% endif %}
select 1 as id
