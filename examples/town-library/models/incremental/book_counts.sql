{{ config(
    incremental_strategy='merge',
    unique_key='book_id',
    merge_update_columns=['loans']
) }}
select
    book_id,
    count(*) as loans,
    max(lent_at) as last_loan
from {{ ref('stg_loans') }}
group by book_id
