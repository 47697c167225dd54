select
    member_id,
    {{ dbt.listagg('book_id', "', '", 'order by book_id') }} as books,
    {{ dbt.listagg('book_id', "', '", 'order by book_id', 1) }} as first_book,
    {{ dbt.any_value('member_id') }} as same_member
from {{ ref('stg_loans') }}
group by member_id
