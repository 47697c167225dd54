select
    loan_id,
    {{ idioms.safe_add(['fine', 'member_id', 'null']) }} as added,
    {{ idioms.safe_subtract(['fine', 'member_id']) }} as subtracted,
    cast({{ idioms.safe_divide('fine', 'member_id - 1') }} as decimal(10, 2)) as divided,
    round({{ idioms.haversine_km('50.94', '6.96', '47.37', '8.54') }}, 3) as km,
    {{ idioms.url_parameter("'https://library.example/find?q=sea&page=2'", 'page') }} as page,
    {{ idioms.url_host("'https://library.example/find?q=sea'") }} as host,
    '{{ idioms.slug("The 2nd Floor!") }}' as slug
from {{ ref('stg_loans') }}
