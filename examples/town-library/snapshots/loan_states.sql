{% snapshot loan_states %}
{{ config(
    unique_key=['member_id', 'loan_id'],
    strategy='check',
    check_cols=['back_at', 'fine'],
    hard_deletes='ignore'
) }}
select member_id, loan_id, back_at, fine from {{ ref('stg_loans') }}
{% endsnapshot %}
