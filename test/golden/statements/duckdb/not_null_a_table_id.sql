-- from nothing

select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (

select id
from "small"."main"."a_table"
where id is null
) dbt_internal_test;

-- over what is there

select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (

select id
from "small"."main"."a_table"
where id is null
) dbt_internal_test;

