select
    book_id,
    title,
    nullif(shelf, '') as shelf,
    {% if var('as_of') | string > '2024-05-01' %}cast(price * 2 as decimal(8, 2)){% else %}price{% endif %} as price,
    bought_at
from {{ ref('books') }}
