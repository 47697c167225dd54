select book_id, price, cast('{{ "2024-05-01" if var("as_of") | string > "2024-05-01" else "2024-01-01" }}' as timestamp) as priced_at
from {{ ref('stg_books') }}
where not (book_id = 14 and '{{ var("as_of") }}' > '2024-05-01')
