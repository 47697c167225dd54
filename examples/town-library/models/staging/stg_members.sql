select
    member_id,
    name,
    lower(trim(name)) as search_name,
    town,
    member_since,
    child::int = 1 as is_child,
    patron
from {{ ref('members') }} --no comment for every server
where not (town = 'köln' and '{{ var("as_of") }}' > '2024-05-01')
