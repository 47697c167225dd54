-- from nothing

CREATE TABLE `shop_dbt_test__audit`.`_millrace_mb_HASH` (
  `value_field` varchar(255) NULL,
  `n_records` bigint NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop_dbt_test__audit`.`_millrace_mb_HASH` (`value_field`, `n_records`)
select * from (

with found_values as (
    select
        name as value_field,
        count(*) as n_records
    from (select * from `shop`.`a_table` where id > 0) dbt_subquery
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

RENAME TABLE `shop_dbt_test__audit`.`_millrace_mb_HASH` TO `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`;

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`
) dbt_internal_test;

-- over what is there

CREATE TABLE `shop_dbt_test__audit`.`_millrace_mb_HASH` (
  `value_field` varchar(255) NULL,
  `n_records` bigint NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop_dbt_test__audit`.`_millrace_mb_HASH` (`value_field`, `n_records`)
select * from (

with found_values as (
    select
        name as value_field,
        count(*) as n_records
    from (select * from `shop`.`a_table` where id > 0) dbt_subquery
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

RENAME TABLE `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three` TO `shop_dbt_test__audit`.`_millrace_mr_HASH`, `shop_dbt_test__audit`.`_millrace_mb_HASH` TO `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`;

DROP TABLE IF EXISTS `shop_dbt_test__audit`.`_millrace_mr_HASH`;

-- in the project's modes
select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`
) dbt_internal_test;

