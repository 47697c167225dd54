-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."anew" AS


select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

-- over what is there

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."anew" AS


select cast(2 as bigint) as id, 'TWO' as name union all select cast(3 as bigint) as id, 'three' as name;

COMMIT;

