-- from nothing

BEGIN;

CREATE OR REPLACE VIEW "small"."main"."described_view" AS
select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMENT ON VIEW "small"."main"."described_view" IS 'For people';

COMMIT;

-- over what is there

BEGIN;

CREATE OR REPLACE VIEW "small"."main"."described_view" AS
select cast(1 as bigint) as id, 'one' as name union all select cast(2 as bigint) as id, 'two' as name;

COMMENT ON VIEW "small"."main"."described_view" IS 'For people';

COMMIT;

