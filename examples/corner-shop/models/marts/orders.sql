{{ config(
    materialized='incremental',
    unique_key='order_id',
    on_schema_change='append_new_columns',
    tags=['orders']
) }}

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.order_state,
    totals.amount,
    totals.line_count
from {{ ref('stg_orders') }} as orders
inner join {{ ref('int_order_totals') }} as totals on totals.order_id = orders.order_id
{% if is_incremental() %}
where orders.ordered_at >= (select max(ordered_at) from {{ this }})
{% endif %}
