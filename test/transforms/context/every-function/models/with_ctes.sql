
-- a remark first
WITH own as (select id from {{ ref('smaller') }})
select own.id from own, {{ ref('small') }} as small
