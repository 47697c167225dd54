{% if execute %}{% set ids = run_query('select id from ' ~ ref('increments')).columns[0].values() %}-- {{ ids }} {{ ids | length }}{% endif %}
select * from {{ ref('increments') }}
