-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."synced" AS


select cast(2 as bigint) as id, 'TWO' as name, 'more' as added union all select cast(3 as bigint) as id, 'three' as name, 'more';

COMMIT;

-- over what is there

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name" FROM (


select cast(2 as bigint) as id, 'TWO' as name union all select cast(3 as bigint) as id, 'three' as name
) AS millrace_rows;

ALTER TABLE "small"."main"."synced" DROP COLUMN "added";

BEGIN;

INSERT INTO "small"."main"."synced" ("id", "name") SELECT "id", "name" FROM temp.main."_millrace_staging";

COMMIT;

DROP TABLE temp.main."_millrace_staging";

