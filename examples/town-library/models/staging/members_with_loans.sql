select distinct member_id from {{ ref('stg_loans') }}
