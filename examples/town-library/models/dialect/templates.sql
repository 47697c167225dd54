-- What templates can do.
{%- set shelves = ['north', 'south'] -%}
{%- set totals = namespace(count=0) -%}
{%- for shelf in shelves if shelf != 'west' -%}
    {%- set totals.count = totals.count + loop.index -%}
{%- endfor -%}
{%- set counted = run_query('select count(*) as n from ' ~ ref('books')) -%}
{%- set books = counted.columns[0].values()[0] | int if execute else 0 -%}
{%- call statement('dearest', fetch_result=true) -%}
    select max(price) as price from {{ ref('books') }}
{%- endcall -%}
{%- set dearest = load_result('dearest')['data'][0][0] if execute else 0 -%}

{% for shelf in shelves %}
select
    '{{ shelf }}' as shelf,
    {{ loop.index0 }} as place,
    {{ totals.count }} as total,
    {{ books }} as books,
    '{{ "%05d" | format(books) }}' as padded,
    '{{ (["a", "b"] + [shelf])[-1] | upper }}' as last_item,
    '{{ {"a": 1, "b": [2, 3]} | tojson | replace("\"", "") }}' as in_json,
    '{{ modules.datetime.date(2024, 2, 29).isoformat() }}' as leap_day,
    '{{ modules.re.sub("[aeiou]", "-", shelf) }}' as consonants,
    '{{ model.name }}' as model_name,
    '{{ this.identifier }}' as identifier,
    cast({{ dearest }} as decimal(8, 2)) as dearest,
    {{ var('late_after_days') + var('not_there', 1) }} as days,
    '{{ env_var("LIBRARY_MOTTO", "read on") }}' as motto,
    '{{ fromyaml("a: [1, 2]")["a"] | length }}' as from_yaml,
    '{{ zip(shelves, [1, 2]) | list | length }}' as zipped
{{ 'union all' if not loop.last }}
{% endfor %}
