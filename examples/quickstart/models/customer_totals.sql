{{ config(materialized='table') }}

select
    customers.id as customer_id,
    customers.name,
    customers.city,
    count(orders.order_id) as orders,
    coalesce(sum(orders.amount), 0) as ordered,
    coalesce(sum(orders.paid), 0) as paid
from {{ source('shop', 'customers') }} as customers
left join {{ ref('paid_orders') }} as orders on orders.customer_id = customers.id
group by customers.id, customers.name, customers.city
