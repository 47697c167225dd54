{{ config(materialized='table') }}

select id from {{ ref('smaller') }} union all select id from {{ ref('small') }}
