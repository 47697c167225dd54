-- from nothing

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."rates" ("currency" VARCHAR, "rate" DECIMAL(18,2), "since" DATE, "used" BOOLEAN);

INSERT INTO "small"."main"."rates" ("currency", "rate", "since", "used") VALUES
('eur', '1.25', '2024-01-01', (1 = 1)),
('usd', '1.00', '2024-02-01', (0 = 1));

COMMIT;

-- over what is there

BEGIN;

CREATE OR REPLACE TABLE "small"."main"."rates" ("currency" VARCHAR, "rate" DECIMAL(18,2), "since" DATE, "used" BOOLEAN);

INSERT INTO "small"."main"."rates" ("currency", "rate", "since", "used") VALUES
('eur', '1.25', '2024-01-01', (1 = 1)),
('usd', '1.00', '2024-02-01', (0 = 1));

COMMIT;

