{#- A view that is made anew each time, after a look at what is there. -#}
{% materialization listed, default %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        create view {{ this }} as {{ sql }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
