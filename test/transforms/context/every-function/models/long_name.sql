{{ config(schema='Deep') }}
select 1 as id
