{%- set towns = idioms.column_values(ref('stg_members'), 'lower(town)', order_by='1', default=['köln']) %}
select
    is_child,
    {{ idioms.pivot('lower(town)', towns, prefix='of_') }}
from {{ ref('stg_members') }}
group by is_child
