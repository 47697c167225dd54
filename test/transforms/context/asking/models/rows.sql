{% set made = made() %}
{% set found = run_query('select id, name, amount, ok from ' ~ made ~ ' order by id') %}
{% if execute %}
-- {{ found.columns | map(attribute='name') | list }} {{ found.column_names }} {{ found.columns[0].values() }} {{ found.columns['name'].values() }} {{ found.rows | length }}
-- {% for row in found.rows %}{{ row['id'] }}/{{ row[1] }}/{{ row.name }}/{{ row.amount }}/{{ row.values() }};{% endfor %}
-- {% for row in found %}{{ row[0] }}{{ ',' if not loop.last }}{% endfor %} {{ found.columns[0][1] }} {{ found.rows[0].dict() if false else '' }}
{% endif %}
select 1 as id
