-- Texts that differ by case, accents and blanks at their end stay what they are, and are other texts.
select
    name,
    town,
    length(name) as letters,
    name || '|' as with_end,
    name || '.' = 'Ada.' as is_ada,
    lower(name) as small,
    count(*) over (partition by lower(trim(name))) as alike,
    row_number() over (order by name || '|') as place
from {{ ref('members') }}
