select '{{ who() }}' as who, '{{ var("depth") }}' as depth, {{ tools._private(1) }} as p
