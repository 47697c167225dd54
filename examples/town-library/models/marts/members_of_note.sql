{{ config(
    pre_hook="{{ note('before ' ~ this.identifier) }}",
    post_hook=[
        "{{ note('after ' ~ this.identifier) }}",
        after_commit("{{ note('committed ' ~ this.identifier) }}")
    ]
) }}

select
    members.member_id,
    members.name,
    members.town,
    members.member_since,
    members.is_child,
    count(loans.loan_id) as loans,
    count(*) filter (where loans.back_at is null and loans.loan_id is not null) as not_back,
    cast(coalesce(sum(loans.fine), 0) as decimal(12, 2)) as fines,
    max(loans.lent_at) as last_loan,
    string_agg(books.title, ' / ' order by loans.loan_id) as titles,
    {{ dbt.bool_or('late.loan_id is not null') }} as was_late
from {{ ref('stg_members') }} as members
left join {{ ref('stg_loans') }} as loans on loans.member_id = members.member_id
left join {{ ref('stg_books') }} as books on books.book_id = loans.book_id
left join {{ ref('int_late_loans') }} as late on late.loan_id = loans.loan_id
group by {{ idioms.group_by(5) }}
