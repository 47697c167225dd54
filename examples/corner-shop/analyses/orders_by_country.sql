select countries.name, count(*) as order_count
from {{ ref('orders') }} as orders
inner join {{ ref('stg_customers') }} as customers on customers.customer_id = orders.customer_id
inner join {{ ref('countries') }} as countries on countries.code = customers.country
group by countries.name
