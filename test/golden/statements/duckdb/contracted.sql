-- from nothing

BEGIN;

CREATE OR REPLACE TEMP TABLE "_millrace_rows" AS


select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

CREATE OR REPLACE TABLE "small"."main"."contracted" ("id" bigint NOT NULL primary key, "name" varchar(20) check (name <> ''), unique (id, name));

INSERT INTO "small"."main"."contracted" ("id", "name") SELECT "id", "name" FROM temp.main."_millrace_rows";

DROP TABLE temp.main."_millrace_rows";

COMMENT ON TABLE "small"."main"."contracted" IS 'It''s kept to.';

COMMENT ON COLUMN "small"."main"."contracted"."id" IS 'Counted';

COMMIT;

-- over what is there

BEGIN;

CREATE OR REPLACE TEMP TABLE "_millrace_rows" AS


select cast(2 as bigint) as id, 'TWO' as name union all select cast(3 as bigint) as id, 'three' as name;

CREATE OR REPLACE TABLE "small"."main"."contracted" ("id" bigint NOT NULL primary key, "name" varchar(20) check (name <> ''), unique (id, name));

INSERT INTO "small"."main"."contracted" ("id", "name") SELECT "id", "name" FROM temp.main."_millrace_rows";

DROP TABLE temp.main."_millrace_rows";

COMMENT ON TABLE "small"."main"."contracted" IS 'It''s kept to.';

COMMENT ON COLUMN "small"."main"."contracted"."id" IS 'Counted';

COMMIT;

