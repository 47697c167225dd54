{% macro shape(x) %}{{ return(adapter.dispatch('shape', 'tools')(x)) }}{% endmacro %}
{% macro default__shape(x) %}tools default {{ x }}{% endmacro %}
{% macro duckdb__shape(x) %}tools duckdb {{ x }}{% endmacro %}
{% macro kept(x) %}{{ adapter.dispatch('kept', 'tools')(x) }}{% endmacro %}
{% macro default__kept(x) %}kept {{ x }}{% endmacro %}
{% macro _private(x) %}private {{ x }}{% endmacro %}
{% macro who() %}tools{% endmacro %}
{% macro calls_who() %}{{ who() }} / {{ tools.who() }} / {{ var('depth', 'none') }}{% endmacro %}
{% macro spread(a, b=2) %}{{ a }},{{ b }};{{ varargs | join('+') }};{% for k, v in kwargs.items() %}{{ k }}={{ v }} {% endfor %}{% endmacro %}
{% macro typed(name: string, many: list[int] = []) %}{{ name }}{{ many | length }}{% endmacro %}
