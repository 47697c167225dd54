{{ config(materialized='view') }}

with payments as (
    select order_id, sum(cast(amount as decimal(18, 2))) as paid
    from {{ source('shop', 'payments') }}
    group by order_id
)

select
    orders.id as order_id,
    orders.customer_id,
    orders.status,
    orders.amount,
    coalesce(payments.paid, 0) as paid
from {{ source('shop', 'orders') }} as orders
left join payments on payments.order_id = orders.id
