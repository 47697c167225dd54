-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."indexed" AS


select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

CREATE UNIQUE INDEX "mr_HASH" ON "small"."main"."indexed" ("id");

CREATE INDEX "mr_HASH" ON "small"."main"."indexed" ("name", "id");

COMMIT;

-- over what is there

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."indexed" AS


select cast(2 as bigint) as id, 'TWO' as name union all select cast(3 as bigint) as id, 'three' as name;

CREATE UNIQUE INDEX "mr_HASH" ON "small"."main"."indexed" ("id");

CREATE INDEX "mr_HASH" ON "small"."main"."indexed" ("name", "id");

COMMIT;

