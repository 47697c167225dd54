{{ config(post_hook=["insert into x select * from {{ ref('colours') }}", {'sql': 'select 2', 'transaction': false}]) }}
select 1 as id -- {{ pre_hooks | length }}
