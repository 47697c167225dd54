-- from nothing

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from `shop`.`a_table` where name is null
) dbt_internal_test;

-- over what is there

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from `shop`.`a_table` where name is null
) dbt_internal_test;

