{{ config(severity='warn', tags=['opening']) }}
select order_id
from {{ ref('orders') }}
where ordered_at < '{{ var("opened_on") }}'
