-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."merged_in_part" AS


select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

-- over what is there

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name" FROM (


select cast(2 as bigint) as id, 'TWO' as name union all select cast(3 as bigint) as id, 'three' as name
) AS millrace_rows;

SELECT "id", COUNT(*) FROM temp.main."_millrace_staging" WHERE "id" IS NOT NULL GROUP BY "id" HAVING COUNT(*) > 1 LIMIT 1;

BEGIN;

INSERT INTO "small"."main"."merged_in_part" ("id", "name") SELECT DBT_INTERNAL_SOURCE."id", DBT_INTERNAL_SOURCE."name" FROM temp.main."_millrace_staging" AS DBT_INTERNAL_SOURCE
WHERE NOT EXISTS (SELECT 1 FROM "small"."main"."merged_in_part" AS DBT_INTERNAL_DEST WHERE DBT_INTERNAL_DEST."id" = DBT_INTERNAL_SOURCE."id");

COMMIT;

DROP TABLE temp.main."_millrace_staging";

