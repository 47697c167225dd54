{{ config(tags=['catalogue']) }}

select
    id as product_id,
    label as product_label,
    price as list_price,
    updated_at
from {{ source('till', 'products') }}
