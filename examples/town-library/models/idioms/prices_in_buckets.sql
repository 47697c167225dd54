select price, {{ idioms.width_bucket('price', 5, 25, 4) }} as bucket from {{ ref('stg_books') }}
