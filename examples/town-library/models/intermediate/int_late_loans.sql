with latest as (
    select * from {{ ref('int_loan_days') }}
)
select loan_id, member_id, days from latest where days > {{ var('late_after_days') }}
