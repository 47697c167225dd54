-- from nothing

-- in the project's modes

with __dbt__cte__part_of_others as (
select cast('7' as signed) as `id`, cast(null as char) collate utf8mb4_bin as `name`
) select id from __dbt__cte__part_of_others;

-- in the project's modes
select cast('7' as signed) as `id`;

-- in the project's modes
CREATE OR REPLACE VIEW `shop`.`over_parts` AS

with __dbt__cte__part_of_others as (

select id, name from `shop`.`a_table`
) select id from __dbt__cte__part_of_others;

-- over what is there

-- in the project's modes

with __dbt__cte__part_of_others as (
select cast('7' as signed) as `id`, cast(null as char) collate utf8mb4_bin as `name`
) select id from __dbt__cte__part_of_others;

-- in the project's modes
select cast('7' as signed) as `id`;

-- in the project's modes
CREATE OR REPLACE VIEW `shop`.`over_parts` AS

with __dbt__cte__part_of_others as (

select id, name from `shop`.`a_table`
) select id from __dbt__cte__part_of_others;

