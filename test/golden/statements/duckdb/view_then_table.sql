-- from nothing

BEGIN;

CREATE OR REPLACE VIEW "small"."main"."view_then_table" AS
select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

-- over what is there

BEGIN;

DROP VIEW "small"."main"."view_then_table";

CREATE OR REPLACE TABLE "small"."main"."view_then_table" AS

select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

