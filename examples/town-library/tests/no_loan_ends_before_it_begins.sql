select loan_id from {{ ref('stg_loans') }} where back_at < lent_at
