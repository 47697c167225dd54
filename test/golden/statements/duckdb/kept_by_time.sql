-- from nothing

SELECT CAST(CAST(now() AS TIMESTAMP) AS VARCHAR);

CREATE OR REPLACE TEMP TABLE _millrace_staging AS
SELECT millrace_rows.*, CAST(NULL AS VARCHAR) AS _millrace_old, 0 AS _millrace_changed FROM (

select id, name, cast('2024-01-01' as timestamp) as made from "small"."main"."a_view"
) AS millrace_rows;

SELECT "id", COUNT(*) FROM temp.main."_millrace_staging" WHERE "id" IS NOT NULL GROUP BY "id" HAVING COUNT(*) > 1 LIMIT 1;

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."kept_by_time" AS
SELECT n."id", n."name", n."made", md5(COALESCE(CAST(n."id" AS VARCHAR), '') || '|' || COALESCE(CAST(n."made" AS VARCHAR), '')) AS "dbt_scd_id", n."made" AS "dbt_updated_at", n."made" AS "dbt_valid_from", COALESCE(NULLIF(n."made", n."made"), NULL) AS "dbt_valid_to" FROM temp.main."_millrace_staging" AS n;

COMMIT;

DROP TABLE temp.main."_millrace_staging";

-- over what is there

SELECT CAST(CAST(now() AS TIMESTAMP) AS VARCHAR);

CREATE OR REPLACE TEMP TABLE _millrace_staging AS
SELECT millrace_rows.*, CAST(NULL AS VARCHAR) AS _millrace_old, 0 AS _millrace_changed FROM (

select id, name, cast('2024-01-01' as timestamp) as made from "small"."main"."a_view"
) AS millrace_rows;

SELECT "id", COUNT(*) FROM temp.main."_millrace_staging" WHERE "id" IS NOT NULL GROUP BY "id" HAVING COUNT(*) > 1 LIMIT 1;

UPDATE temp.main."_millrace_staging" AS n SET _millrace_old = o."dbt_scd_id", _millrace_changed = CASE WHEN o."dbt_valid_from" < n."made" THEN 1 ELSE 0 END FROM (SELECT * FROM "small"."main"."kept_by_time" AS k WHERE k."dbt_valid_to" IS NULL) AS o WHERE o."id" = n."id";

BEGIN;

UPDATE "small"."main"."kept_by_time" AS o SET "dbt_valid_to" = n."made" FROM temp.main."_millrace_staging" AS n WHERE o."dbt_scd_id" = n._millrace_old AND n._millrace_changed = 1 AND o."dbt_valid_to" IS NULL;

INSERT INTO "small"."main"."kept_by_time" ("id", "name", "made", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")
SELECT n."id", n."name", n."made", md5(COALESCE(CAST(n."id" AS VARCHAR), '') || '|' || COALESCE(CAST(n."made" AS VARCHAR), '')), n."made", n."made", COALESCE(NULLIF(n."made", n."made"), NULL) FROM temp.main."_millrace_staging" AS n WHERE n._millrace_old IS NULL OR n._millrace_changed = 1;

COMMIT;

DROP TABLE temp.main."_millrace_staging";

