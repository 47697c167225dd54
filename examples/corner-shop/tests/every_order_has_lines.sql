select orders.order_id
from {{ ref('stg_orders') }} as orders
left join {{ ref('stg_order_lines') }} as order_lines on order_lines.order_id = orders.order_id
where order_lines.order_id is null
