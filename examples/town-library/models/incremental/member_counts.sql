{{ config(
    incremental_strategy='merge',
    unique_key='member_id',
    merge_exclude_columns=['first_loan'],
    on_schema_change='fail'
) }}
select member_id, min(loan_id) as first_loan, count(*) as loans, max(lent_at) as last_loan
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where lent_at >= (select max(last_loan) from {{ this }})
{% endif %}
group by member_id
