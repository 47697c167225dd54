select 'EUR' as currency, 2 as digits
union all
select 'JPY' as currency, 0 as digits
