{#- For people at work: prints YAML or SQL that they go on with. Called by run-operation. -#}
{% macro print_source(schema_name, table_names=[]) -%}
    {%- set lines = ['sources:', '  - name: ' ~ schema_name | lower, '    tables:'] -%}
    {%- for table in table_names -%}
        {%- do lines.append('      - name: ' ~ table | lower) -%}
    {%- endfor -%}
    {%- if execute -%}
        {%- set joined = lines | join('\n') -%}
        {{ print(joined) }}
        {%- do return(joined) -%}
    {%- endif -%}
{%- endmacro %}

{% macro print_base_model(model_name, leading_commas=false, case_sensitive=false) -%}
    {%- set columns = adapter.get_columns_in_relation(ref(model_name)) -%}
    {%- set sql -%}
with source as (
    select * from {% raw %}{{ ref('{% endraw %}{{ model_name }}{% raw %}') }}{% endraw %}
)
select
    {%- for column in columns %}
    {{ ', ' if leading_commas and not loop.first }}{{ column.name if case_sensitive else column.name | lower }}{{ ',' if not leading_commas and not loop.last }}
    {%- endfor %}
from source
    {%- endset -%}
    {{ print(sql) }}
{%- endmacro %}

{% macro print_model_yaml(model_names=[]) -%}
    {%- set lines = ['models:'] -%}
    {%- for name in model_names -%}
        {%- do lines.append('  - name: ' ~ name | lower) -%}
        {%- do lines.append('    columns:') -%}
        {%- for column in adapter.get_columns_in_relation(ref(name)) -%}
            {%- do lines.append('      - {name: ' ~ column.name | lower ~ ', data_type: ' ~ column.data_type | lower ~ '}') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ print(lines | join('\n')) }}
{%- endmacro %}

{#- What depends on a node, asked of the graph. -#}
{% macro print_children(node_name) -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | sort(attribute='name') -%}
        {%- for parent in node.depends_on.nodes if parent.split('.')[2] == node_name -%}
            {{ print(node.name) }}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
