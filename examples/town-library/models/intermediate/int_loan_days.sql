select
    loan_id,
    member_id,
    book_id,
    lent_at,
    {{ dbt.datediff('lent_at', 'back_at', 'day') }} as days,
    fine
from {{ ref('stg_loans') }}
