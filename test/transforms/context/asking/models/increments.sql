{{ config(materialized='incremental') }}
select 1 as id {{ 'where only_new' if is_incremental() else 'where all' }}
