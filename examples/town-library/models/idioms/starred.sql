select
    {{ idioms.star(ref('stg_books'), except=['bought_at'], relation_alias='books', prefix='book_') }}
from {{ ref('stg_books') }} as books
