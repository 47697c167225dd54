select
    customer_name,
    spent,
    '{{ var("currency") }}' as currency
from {{ ref('customers', v=2) }}
where spent > 5
