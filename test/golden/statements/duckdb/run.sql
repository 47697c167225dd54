-- from nothing

CREATE SCHEMA IF NOT EXISTS "small"."main_dbt_test__audit";

