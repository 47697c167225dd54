select
    customers.customer_id,
    customers.customer_name,
    countries.name as country_name,
    count(orders.order_id) as order_count,
    coalesce(sum(orders.amount), 0) as spent
from {{ ref('stg_customers') }} as customers
left join {{ ref('countries') }} as countries on countries.code = customers.country
left join {{ ref('orders') }} as orders on orders.customer_id = customers.customer_id
group by customers.customer_id, customers.customer_name, countries.name
