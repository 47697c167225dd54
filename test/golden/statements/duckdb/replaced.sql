-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."replaced" AS


select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

-- over what is there

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name" FROM (


select cast(2 as bigint) as id, 'TWO' as name union all select cast(3 as bigint) as id, 'three' as name
) AS millrace_rows;

BEGIN;

DELETE FROM "small"."main"."replaced" AS DBT_INTERNAL_DEST USING temp.main."_millrace_staging" AS DBT_INTERNAL_SOURCE WHERE DBT_INTERNAL_DEST."id" = DBT_INTERNAL_SOURCE."id" AND DBT_INTERNAL_DEST."name" = DBT_INTERNAL_SOURCE."name";

INSERT INTO "small"."main"."replaced" ("id", "name") SELECT "id", "name" FROM temp.main."_millrace_staging";

COMMIT;

DROP TABLE temp.main."_millrace_staging";

