-- from nothing

CREATE TABLE IF NOT EXISTS "small"."main"."_millrace_mp_HASH" (begins VARCHAR(40) NOT NULL, ends VARCHAR(40) NOT NULL);

BEGIN;

DELETE FROM "small"."main"."_millrace_mp_HASH";

INSERT INTO "small"."main"."_millrace_mp_HASH" VALUES ('2024-01-01 00:00:00+00:00', '2024-01-02 00:00:00+00:00'), ('2024-01-02 00:00:00+00:00', '2024-01-03 00:00:00+00:00');

COMMIT;

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."by_day" AS

select cast(1 as bigint) as id, 'one' as name, cast('2024-01-01 10:00:00' as timestamp) as made union all select cast(2 as bigint) as id, 'two' as name, cast('2024-01-02 10:00:00' as timestamp) as made;

COMMIT;

DELETE FROM "small"."main"."_millrace_mp_HASH" WHERE begins = '2024-01-01 00:00:00+00:00';

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name", "made" FROM (

select cast(1 as bigint) as id, 'one' as name, cast('2024-01-01 10:00:00' as timestamp) as made union all select cast(2 as bigint) as id, 'two' as name, cast('2024-01-02 10:00:00' as timestamp) as made
) AS millrace_rows;

BEGIN;

DELETE FROM "small"."main"."by_day" WHERE "made" >= '2024-01-02 00:00:00+00:00' AND "made" < '2024-01-03 00:00:00+00:00';

INSERT INTO "small"."main"."by_day" ("id", "name", "made") SELECT "id", "name", "made" FROM temp.main."_millrace_staging" WHERE "made" >= '2024-01-02 00:00:00+00:00' AND "made" < '2024-01-03 00:00:00+00:00';

COMMIT;

DROP TABLE temp.main."_millrace_staging";

DELETE FROM "small"."main"."_millrace_mp_HASH" WHERE begins = '2024-01-02 00:00:00+00:00';

DROP TABLE IF EXISTS "small"."main"."_millrace_mp_HASH";

-- over what is there

CREATE TABLE IF NOT EXISTS "small"."main"."_millrace_mp_HASH" (begins VARCHAR(40) NOT NULL, ends VARCHAR(40) NOT NULL);

BEGIN;

DELETE FROM "small"."main"."_millrace_mp_HASH";

INSERT INTO "small"."main"."_millrace_mp_HASH" VALUES ('2024-01-01 00:00:00+00:00', '2024-01-02 00:00:00+00:00'), ('2024-01-02 00:00:00+00:00', '2024-01-03 00:00:00+00:00');

COMMIT;

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name", "made" FROM (

select cast(1 as bigint) as id, 'one' as name, cast('2024-01-01 10:00:00' as timestamp) as made union all select cast(2 as bigint) as id, 'two' as name, cast('2024-01-02 10:00:00' as timestamp) as made
) AS millrace_rows;

BEGIN;

DELETE FROM "small"."main"."by_day" WHERE "made" >= '2024-01-01 00:00:00+00:00' AND "made" < '2024-01-02 00:00:00+00:00';

INSERT INTO "small"."main"."by_day" ("id", "name", "made") SELECT "id", "name", "made" FROM temp.main."_millrace_staging" WHERE "made" >= '2024-01-01 00:00:00+00:00' AND "made" < '2024-01-02 00:00:00+00:00';

COMMIT;

DROP TABLE temp.main."_millrace_staging";

DELETE FROM "small"."main"."_millrace_mp_HASH" WHERE begins = '2024-01-01 00:00:00+00:00';

CREATE OR REPLACE TEMP TABLE "_millrace_staging" AS
SELECT "id", "name", "made" FROM (

select cast(1 as bigint) as id, 'one' as name, cast('2024-01-01 10:00:00' as timestamp) as made union all select cast(2 as bigint) as id, 'two' as name, cast('2024-01-02 10:00:00' as timestamp) as made
) AS millrace_rows;

BEGIN;

DELETE FROM "small"."main"."by_day" WHERE "made" >= '2024-01-02 00:00:00+00:00' AND "made" < '2024-01-03 00:00:00+00:00';

INSERT INTO "small"."main"."by_day" ("id", "name", "made") SELECT "id", "name", "made" FROM temp.main."_millrace_staging" WHERE "made" >= '2024-01-02 00:00:00+00:00' AND "made" < '2024-01-03 00:00:00+00:00';

COMMIT;

DROP TABLE temp.main."_millrace_staging";

DELETE FROM "small"."main"."_millrace_mp_HASH" WHERE begins = '2024-01-02 00:00:00+00:00';

DROP TABLE IF EXISTS "small"."main"."_millrace_mp_HASH";

