select
    cast(product_id as bigint) as product_id,
    product_label,
    {{ money.rounded('list_price') }} as list_price,
    currencies.currency
from {{ ref('stg_products') }}
inner join {{ ref('money', 'currencies') }} as currencies on currencies.currency = '{{ var("currency") }}'
