select
    id as order_id,
    customer_id,
    ordered_at,
    sent_at,
    state as order_state
from {{ source("till", "orders") }}
