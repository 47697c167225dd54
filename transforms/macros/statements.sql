{#- Statements that templates run while they are rendered. -#}

{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
    {%- if execute -%}
        {%- set code = caller() -%}
        {%- if language != 'sql' -%}
            {{ exceptions.raise_compiler_error("statement() runs SQL, not " ~ language) }}
        {%- endif -%}
        {%- if name == 'main' -%}
            {{ write(code) }}
        {%- endif -%}
        {%- set response, table = adapter.execute(code, auto_begin=auto_begin, fetch=fetch_result) -%}
        {%- if name is not none -%}
            {{ store_result(name, response=response, agate_table=table) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
    {%- set text = caller() -%}
    {%- if name == 'main' -%}
        {{ write(text) }}
    {%- endif -%}
    {%- if name is not none -%}
        {{ store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) }}
    {%- endif -%}
{%- endmacro %}

{% macro run_query(sql) %}
    {% call statement('run_query_statement', fetch_result=true, auto_begin=false) %}
        {{ sql }}
    {% endcall %}
    {% do return(load_result('run_query_statement').table) %}
{% endmacro %}

{#- Statements before and after a node. `transaction: false` ones run outside of the node's transaction. -#}
{% macro run_hooks(hooks, inside_transaction=true) %}
    {% if not inside_transaction and hooks | selectattr('transaction', 'equalto', false) | list %}
        {% do adapter.commit() %}
    {% endif %}
    {% for hook in hooks | selectattr('transaction', 'equalto', inside_transaction) %}
        {% set sql = render(hook.get('sql')) %}
        {% if sql | trim | length > 0 %}
            {% call statement(auto_begin=inside_transaction) %}
                {{ sql }}
            {% endcall %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{% macro make_hook_config(sql, inside_transaction) %}
    {{ tojson({'sql': sql, 'transaction': inside_transaction}) }}
{% endmacro %}

{% macro before_begin(sql) %}
    {{ make_hook_config(sql, inside_transaction=false) }}
{% endmacro %}

{% macro in_transaction(sql) %}
    {{ make_hook_config(sql, inside_transaction=true) }}
{% endmacro %}

{% macro after_commit(sql) %}
    {{ make_hook_config(sql, inside_transaction=false) }}
{% endmacro %}
