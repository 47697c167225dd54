-- depends_on: {{ ref('loans') }}
select
    loan_id,
    member_id,
    book_id,
    lent_at,
    case when back_at <= cast('{{ var("as_of") }}' as timestamp) then back_at end as back_at,
    coalesce(fine, 0) as fine
from {{ source('desk', 'lendings') }}
where lent_at < cast('{{ var("as_of") }}' as timestamp) + interval '1 day'
