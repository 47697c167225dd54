-- from nothing

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (

with child as (
    select id as from_field
    from `shop`.`a_table`
    where id is not null
),

parent as (
    select id as to_field
    from `shop`.`a_view`
)

select child.from_field
from child
left join parent on child.from_field = parent.to_field
where parent.to_field is null
) dbt_internal_test;

-- over what is there

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (

with child as (
    select id as from_field
    from `shop`.`a_table`
    where id is not null
),

parent as (
    select id as to_field
    from `shop`.`a_view`
)

select child.from_field
from child
left join parent on child.from_field = parent.to_field
where parent.to_field is null
) dbt_internal_test;

