{{ config(
    incremental_strategy='delete+insert',
    unique_key=['day', 'town'],
    on_schema_change='append_new_columns'
) }}
select
    cast(loans.lent_at as date) as day,
    members.town,
    count(*) as loans
    {% if var('as_of') | string > '2024-05-01' %}, count(distinct loans.book_id) as books{% endif %}
from {{ ref('stg_loans') }} as loans
inner join {{ ref('stg_members') }} as members on members.member_id = loans.member_id
{% if is_incremental() %}
where loans.lent_at >= (select max(day) from {{ this }})
{% endif %}
group by 1, 2
