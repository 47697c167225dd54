select
    cast(bought_at as date) as bought_on,
    cast(title as varchar(100)) as title,
    cast(price as decimal(10, 2)) as price,
    cast(book_id as bigint) as book_id
from {{ ref('stg_books') }}
