-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main_dbt_test__audit"."accepted_values_a_table_name__one__two__TWO__three" AS
select * from (

with found_values as (
    select
        name as value_field,
        count(*) as n_records
    from (select * from "small"."main"."a_table" where id > 0) dbt_subquery
    group by name
)

select *
from found_values
where value_field not in (
    'one',
    'two',
    'TWO',
    'three'
)
) dbt_internal_limited
limit 10;

COMMIT;

select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from "small"."main_dbt_test__audit"."accepted_values_a_table_name__one__two__TWO__three"
) dbt_internal_test;

-- over what is there

BEGIN;

CREATE OR REPLACE TABLE "small"."main_dbt_test__audit"."accepted_values_a_table_name__one__two__TWO__three" AS
select * from (

with found_values as (
    select
        name as value_field,
        count(*) as n_records
    from (select * from "small"."main"."a_table" where id > 0) dbt_subquery
    group by name
)

select *
from found_values
where value_field not in (
    'one',
    'two',
    'TWO',
    'three'
)
) dbt_internal_limited
limit 10;

COMMIT;

select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from "small"."main_dbt_test__audit"."accepted_values_a_table_name__one__two__TWO__three"
) dbt_internal_test;

