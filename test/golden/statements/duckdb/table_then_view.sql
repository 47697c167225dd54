-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."table_then_view" AS

select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

-- over what is there

BEGIN;

DROP TABLE "small"."main"."table_then_view";

CREATE OR REPLACE VIEW "small"."main"."table_then_view" AS
select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

