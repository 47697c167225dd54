{% macro default__shape(x) %}own default {{ x }}{% endmacro %}
{% macro who() %}every_function{% endmacro %}
{% macro early(list) %}{% for item in list %}{% if item > 1 %}{{ return(item * 10) }}{% endif %}{% endfor %}{% endmacro %}
{% macro wrapped() %}[{{ caller() }}]{% endmacro %}
{% macro nothing() %}{% do return(none) %}{% endmacro %}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if node.resource_type == 'seed' -%}seeds{%- elif custom_schema_name is none -%}{{ target.schema }}{%- else -%}{{ custom_schema_name | trim | lower }}_{{ node.config.materialized }}{%- endif -%}
{%- endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if custom_alias_name -%}{{ custom_alias_name }}{%- else -%}{{ node.fqn | join('_') if node.name.startswith('long') else node.name }}{%- endif -%}
{%- endmacro %}
{% macro columns_of(model) %}{% set model = ref('plain') %}{{ model }}{% endmacro %}
