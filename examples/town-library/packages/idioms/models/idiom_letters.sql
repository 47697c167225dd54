select 'a' as letter, 1 as place, '{{ var("null_mark") }}' as null_mark
union all
select 'b' as letter, 2 as place, null as null_mark
