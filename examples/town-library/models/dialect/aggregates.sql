select
    town,
    count(*) as members,
    count(*) filter (where is_child) as children,
    count(distinct search_name) as names,
    sum(case when is_child then 1 else 0 end) as children_too,
    bool_or(is_child) as has_children,
    bool_and(is_child) as has_only_children,
    min(member_since) as first_day,
    max(name || '.') as last_name,
    string_agg(name, ', ' order by member_id desc) as all_names,
    cast(avg(member_id) as decimal(10, 3)) as middle,
    round(coalesce(stddev(member_id), 0), 6) as spread,
    any_value(town) as one_town
from {{ ref('stg_members') }}
group by town
having count(*) >= 1
