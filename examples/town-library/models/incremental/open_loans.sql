{{ config(
    incremental_strategy='delete+insert',
    unique_key='loan_id',
    on_schema_change='sync_all_columns',
    incremental_predicates=["lent_at >= '2024-01-15'::timestamp"]
) }}
select
    loan_id,
    {% if var('as_of') | string > '2024-05-01' %}cast(back_at as date) as back_on{% else %}book_id{% endif %},
    lent_at
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where lent_at >= cast('2024-02-01' as timestamp)
{% endif %}
