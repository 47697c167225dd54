select
    order_id,
    sum(amount) as amount,
    count(*) as line_count
from {{ ref('stg_order_lines') }}
group by order_id
