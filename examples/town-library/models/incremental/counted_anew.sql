{{ config(full_refresh=true, incremental_strategy='append') }}
select count(*) as loans from {{ ref('stg_loans') }}
{% if is_incremental() %}
where 1 = 0
{% endif %}
