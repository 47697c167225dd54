-- from nothing

with __dbt__cte__part_of_others as (
select cast('7' as bigint) as "id", cast(null as varchar) as "name"
) select id from __dbt__cte__part_of_others;

select cast('7' as bigint) as "id";

BEGIN;

CREATE OR REPLACE VIEW "small"."main"."over_parts" AS
with __dbt__cte__part_of_others as (

select id, name from "small"."main"."a_table"
) select id from __dbt__cte__part_of_others;

COMMIT;

-- over what is there

with __dbt__cte__part_of_others as (
select cast('7' as bigint) as "id", cast(null as varchar) as "name"
) select id from __dbt__cte__part_of_others;

select cast('7' as bigint) as "id";

BEGIN;

CREATE OR REPLACE VIEW "small"."main"."over_parts" AS
with __dbt__cte__part_of_others as (

select id, name from "small"."main"."a_table"
) select id from __dbt__cte__part_of_others;

COMMIT;

