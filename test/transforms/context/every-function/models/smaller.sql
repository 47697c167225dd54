{{ config(materialized='ephemeral') }}
with a as (select id from {{ ref('small') }}) select id from a
