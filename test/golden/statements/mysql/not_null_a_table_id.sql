-- from nothing

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (

select id
from `shop`.`a_table`
where id is null
) dbt_internal_test;

-- over what is there

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (

select id
from `shop`.`a_table`
where id is null
) dbt_internal_test;

