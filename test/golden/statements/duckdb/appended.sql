-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."appended" AS


select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

-- over what is there

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name" FROM (


select cast(3 as bigint) as id, 'three' as name
) AS millrace_rows;

BEGIN;

INSERT INTO "small"."main"."appended" ("id", "name") SELECT "id", "name" FROM temp.main."_millrace_staging";

COMMIT;

DROP TABLE temp.main."_millrace_staging";

