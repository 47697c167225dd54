select
    order_id,
    line as line_number,
    product_id,
    quantity,
    price,
    quantity * price as amount
from {{ source('till', 'order_lines') }}
