-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."widened" AS


select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

-- over what is there

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name", "added" FROM (


select cast(2 as bigint) as id, 'TWO' as name, 'more' as added union all select cast(3 as bigint) as id, 'three' as name, 'more'
) AS millrace_rows;

ALTER TABLE "small"."main"."widened" ADD COLUMN "added" varchar;

BEGIN;

DELETE FROM "small"."main"."widened" AS DBT_INTERNAL_DEST USING temp.main."_millrace_staging" AS DBT_INTERNAL_SOURCE WHERE DBT_INTERNAL_DEST."id" = DBT_INTERNAL_SOURCE."id";

INSERT INTO "small"."main"."widened" ("id", "name", "added") SELECT "id", "name", "added" FROM temp.main."_millrace_staging";

COMMIT;

DROP TABLE temp.main."_millrace_staging";

