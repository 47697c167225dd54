{{ config(materialized='listed') }}
select member_id, name, town from {{ ref('stg_members') }}
