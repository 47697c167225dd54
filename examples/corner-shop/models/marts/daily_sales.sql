{{ config(alias='sales_by_day', schema='reports', group='money_people', access='private') }}
select
    cast(ordered_at as date) as day,
    sum(amount) as amount
from {{ ref('orders') }}
group by cast(ordered_at as date)
