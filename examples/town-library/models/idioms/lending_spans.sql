select
    book_id,
    cast(lent_at as date) as lent_on,
    coalesce(
        lead(cast(lent_at as date)) over (partition by book_id order by lent_at),
        cast('2030-01-01' as date)
    ) as next_on
from {{ ref('stg_loans') }}
