-- {{ tools.shape(1) }} | {{ tools.kept(2) }} | {{ tools._private(3) }} | {{ tools.calls_who() }} | {{ who() }}
-- {{ early([1, 2, 3]) }} {{ early([0]) }} {{ early([0]) is none }} {{ nothing() is none }} {{ tools.spread(1, 2, 3, 4, x=5) }} {{ tools.typed('a', many=[1]) }}
-- {% call wrapped() %}inner {{ var('colour') }}{% endcall %} {{ tools.spread(*[1, 2], **{'z': 1}) }}
-- {{ dbt.string_literal('x') if false else 'no' }} {{ is_incremental() }} {{ should_full_refresh() }} {{ load_relation(this) is none }} {{ adapter.get_relation('corner_shop', 'shop', 'nope') is none }}
select * from {{ columns_of(this) }}
-- depends_on: {{ ref('plain') }}
