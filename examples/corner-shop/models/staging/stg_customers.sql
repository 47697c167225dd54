select
    id as customer_id,
    name as customer_name,
    country,
    joined_on
from {{ source('till', 'customers') }}
