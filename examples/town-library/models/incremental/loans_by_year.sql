{{ config(
    incremental_strategy='microbatch',
    event_time='lent_at',
    batch_size='year',
    begin='2024-01-01'
) }}
select
    loan_id,
    member_id,
    lent_at
from {{ ref('stg_loans') }}
