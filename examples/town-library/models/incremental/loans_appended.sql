{{ config(incremental_strategy='append', on_schema_change='ignore') }}
select
    loan_id,
    member_id,
    lent_at
    {% if is_incremental() %}, fine as not_taken_over{% endif %}
from {{ ref('stg_loans') }}
{% if is_incremental() %}
where loan_id > (select max(loan_id) from {{ this }})
{% endif %}
