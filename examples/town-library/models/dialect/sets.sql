with recursive steps as (
    select 1 as n
    union all
    select n + 1 from steps where n < 5
)

select n, 'all' as part from steps
union all
(select n, 'odd' from steps where n % 2 = 1 {{ dbt.except() }} select 5, 'odd')
union all
(select n, 'both' from steps where n > 2 {{ dbt.intersect() }} select n, 'both' from steps where n < 5)
union all
select * from (select n, 'last' from steps order by n desc nulls last limit 2 offset 1) as last_ones
