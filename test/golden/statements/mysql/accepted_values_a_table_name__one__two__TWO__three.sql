-- from nothing

SET SESSION sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';

SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

CREATE TABLE `shop_dbt_test__audit`.`_millrace_mb_HASH` (
  `value_field` varchar(255) NULL,
  `n_records` bigint NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

SET SESSION sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';

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

SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

RENAME TABLE `shop_dbt_test__audit`.`_millrace_mb_HASH` TO `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`;

SET SESSION sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';

select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`
) dbt_internal_test;

SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

-- over what is there

SET SESSION sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';

SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

CREATE TABLE `shop_dbt_test__audit`.`_millrace_mb_HASH` (
  `value_field` varchar(255) NULL,
  `n_records` bigint NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

SET SESSION sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';

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

SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

RENAME TABLE `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three` TO `shop_dbt_test__audit`.`_millrace_mr_HASH`, `shop_dbt_test__audit`.`_millrace_mb_HASH` TO `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`;

DROP TABLE IF EXISTS `shop_dbt_test__audit`.`_millrace_mr_HASH`;

SET SESSION sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO';

select
  count(*) as failures,
  count(*) != 0 as should_warn,
  count(*) != 0 as should_error
from (
select * from `shop_dbt_test__audit`.`accepted_values_a_table_name__one__two__TWO__three`
) dbt_internal_test;

SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';

