-- from nothing

SELECT CAST((
select cast('9999-12-31' as timestamp)
) AS VARCHAR);

SELECT CAST(CAST(now() AS TIMESTAMP) AS VARCHAR);

CREATE OR REPLACE TEMP TABLE _millrace_staging AS
SELECT millrace_rows.*, CAST(NULL AS VARCHAR) AS _millrace_old, 0 AS _millrace_changed FROM (

select * from "small"."main"."a_view"
) AS millrace_rows;

SELECT "id", COUNT(*) FROM temp.main."_millrace_staging" WHERE "id" IS NOT NULL GROUP BY "id" HAVING COUNT(*) > 1 LIMIT 1;

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."kept_far" AS
SELECT n."id", n."name", md5(COALESCE(CAST(n."id" AS VARCHAR), '') || '|' || COALESCE(CAST(CAST('NOW' AS TIMESTAMP) AS VARCHAR), '')) AS "dbt_scd_id", CAST('NOW' AS TIMESTAMP) AS "dbt_updated_at", CAST('NOW' AS TIMESTAMP) AS "dbt_valid_from", COALESCE(NULLIF(CAST('NOW' AS TIMESTAMP), CAST('NOW' AS TIMESTAMP)), CAST('9999-12-31 00:00:00' AS TIMESTAMP)) AS "dbt_valid_to" FROM temp.main."_millrace_staging" AS n;

COMMIT;

DROP TABLE temp.main."_millrace_staging";

-- over what is there

SELECT CAST((
select cast('9999-12-31' as timestamp)
) AS VARCHAR);

SELECT CAST(CAST(now() AS TIMESTAMP) AS VARCHAR);

CREATE OR REPLACE TEMP TABLE _millrace_staging AS
SELECT millrace_rows.*, CAST(NULL AS VARCHAR) AS _millrace_old, 0 AS _millrace_changed FROM (

select * from "small"."main"."a_view"
) AS millrace_rows;

SELECT "id", COUNT(*) FROM temp.main."_millrace_staging" WHERE "id" IS NOT NULL GROUP BY "id" HAVING COUNT(*) > 1 LIMIT 1;

UPDATE temp.main."_millrace_staging" AS n SET _millrace_old = o."dbt_scd_id", _millrace_changed = CASE WHEN o."name" IS DISTINCT FROM n."name" THEN 1 ELSE 0 END FROM (SELECT * FROM "small"."main"."kept_far" AS k WHERE (k."dbt_valid_to" = CAST('9999-12-31 00:00:00' AS TIMESTAMP) OR k."dbt_valid_to" IS NULL)) AS o WHERE o."id" = n."id";

BEGIN;

UPDATE "small"."main"."kept_far" AS o SET "dbt_valid_to" = CAST('NOW' AS TIMESTAMP) WHERE (o."dbt_valid_to" = CAST('9999-12-31 00:00:00' AS TIMESTAMP) OR o."dbt_valid_to" IS NULL) AND NOT EXISTS (SELECT 1 FROM temp.main."_millrace_staging" AS n WHERE o."dbt_scd_id" = n._millrace_old);

UPDATE "small"."main"."kept_far" AS o SET "dbt_valid_to" = CAST('NOW' AS TIMESTAMP) FROM temp.main."_millrace_staging" AS n WHERE o."dbt_scd_id" = n._millrace_old AND n._millrace_changed = 1 AND (o."dbt_valid_to" = CAST('9999-12-31 00:00:00' AS TIMESTAMP) OR o."dbt_valid_to" IS NULL);

INSERT INTO "small"."main"."kept_far" ("id", "name", "dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")
SELECT n."id", n."name", md5(COALESCE(CAST(n."id" AS VARCHAR), '') || '|' || COALESCE(CAST(CAST('NOW' AS TIMESTAMP) AS VARCHAR), '')), CAST('NOW' AS TIMESTAMP), CAST('NOW' AS TIMESTAMP), COALESCE(NULLIF(CAST('NOW' AS TIMESTAMP), CAST('NOW' AS TIMESTAMP)), CAST('9999-12-31 00:00:00' AS TIMESTAMP)) FROM temp.main."_millrace_staging" AS n WHERE n._millrace_old IS NULL OR n._millrace_changed = 1;

COMMIT;

DROP TABLE temp.main."_millrace_staging";

