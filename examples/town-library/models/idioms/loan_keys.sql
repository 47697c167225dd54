select {{ idioms.surrogate_key(['loan_id', 'member_id', 'cast(back_at as date)']) }} as loan_key, loan_id from {{ ref('stg_loans') }}
