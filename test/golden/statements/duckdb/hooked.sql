-- from nothing

insert into main.told values ('outside');

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."hooked" AS

select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

insert into main.told values ('after');

-- over what is there

insert into main.told values ('outside');

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."hooked" AS

select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMIT;

insert into main.told values ('after');

