{#- Texts. Lengths and positions are in characters, from 1. -#}

{% macro concat(fields) -%}
    {{ return(adapter.dispatch('concat', 'dbt')(fields)) }}
{%- endmacro %}

{#- NULL where one is. -#}
{% macro default__concat(fields) -%}
    {{ fields | join(' || ') }}
{%- endmacro %}

{#- Written out, for `||` is OR in the dialect of MySQL. -#}
{% macro mysql__concat(fields) -%}
    concat({{ fields | join(', ') }})
{%- endmacro %}

{% macro length(expression) -%}
    {{ return(adapter.dispatch('length', 'dbt')(expression)) }}
{%- endmacro %}

{% macro default__length(expression) -%}
    length({{ expression }})
{%- endmacro %}

{% macro mysql__length(expression) -%}
    char_length({{ expression }})
{%- endmacro %}

{% macro position(substring_text, string_text) -%}
    {{ return(adapter.dispatch('position', 'dbt')(substring_text, string_text)) }}
{%- endmacro %}

{% macro default__position(substring_text, string_text) -%}
    position({{ substring_text }} in {{ string_text }})
{%- endmacro %}

{% macro mysql__position(substring_text, string_text) -%}
    locate({{ substring_text }}, {{ string_text }})
{%- endmacro %}

{% macro replace(field, old_chars, new_chars) -%}
    {{ return(adapter.dispatch('replace', 'dbt')(field, old_chars, new_chars)) }}
{%- endmacro %}

{% macro default__replace(field, old_chars, new_chars) -%}
    replace({{ field }}, {{ old_chars }}, {{ new_chars }})
{%- endmacro %}

{% macro right(string_text, length_expression) -%}
    {{ return(adapter.dispatch('right', 'dbt')(string_text, length_expression)) }}
{%- endmacro %}

{% macro default__right(string_text, length_expression) -%}
    right({{ string_text }}, {{ length_expression }})
{%- endmacro %}

{#- A negative length leaves as many characters out at the beginning. -#}
{% macro mysql__right(string_text, length_expression) -%}
    case
        when {{ length_expression }} < 0 then substring({{ string_text }}, 1 - ({{ length_expression }}))
        else right({{ string_text }}, {{ length_expression }})
    end
{%- endmacro %}

{% macro split_part(string_text, delimiter_text, part_number) -%}
    {{ return(adapter.dispatch('split_part', 'dbt')(string_text, delimiter_text, part_number)) }}
{%- endmacro %}

{% macro default__split_part(string_text, delimiter_text, part_number) -%}
    split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{%- endmacro %}

{#- What is between the part before and the end of the part; empty behind the last one. Negative numbers count from the end. -#}
{% macro mysql__split_part(string_text, delimiter_text, part_number) -%}
    {%- set number = part_number | int -%}
    {%- if number == 0 -%}
        {{ exceptions.raise_compiler_error('split_part takes the number of a part, from 1 or from -1, not ' ~ part_number) }}
    {%- endif -%}
    {%- set to_here = 'substring_index(' ~ string_text ~ ', ' ~ delimiter_text ~ ', ' ~ number ~ ')' -%}
    {%- set before = 'substring_index(' ~ string_text ~ ', ' ~ delimiter_text ~ ', ' ~ (number - 1 if number > 0 else number + 1) ~ ')' -%}
    {%- if number == 1 or number == -1 -%}
    {{ to_here }}
    {%- elif number > 0 -%}
    substring({{ to_here }}, char_length({{ before }}) + char_length({{ delimiter_text }}) + 1)
    {%- else -%}
    left({{ to_here }}, cast(char_length({{ to_here }}) as signed) - char_length({{ before }}) - char_length({{ delimiter_text }}))
    {%- endif -%}
{%- endmacro %}

{% macro hash(field) -%}
    {{ return(adapter.dispatch('hash', 'dbt')(field)) }}
{%- endmacro %}

{#- MySQL from 9.6 on has it once `INSTALL COMPONENT 'file://component_classic_hashing'` was run. -#}
{% macro default__hash(field) -%}
    md5(cast({{ field }} as {{ dbt.type_string() }}))
{%- endmacro %}

{% macro mysql__hash(field) -%}
    md5(cast({{ field }} as char))
{%- endmacro %}

{% macro string_literal(value) -%}
    {{ return(adapter.dispatch('string_literal', 'dbt')(value)) }}
{%- endmacro %}

{% macro default__string_literal(value) -%}
    '{{ value }}'
{%- endmacro %}

{% macro escape_single_quotes(expression) -%}
    {{ return(adapter.dispatch('escape_single_quotes', 'dbt')(expression)) }}
{%- endmacro %}

{% macro default__escape_single_quotes(expression) -%}
    {{ expression | replace("'", "''") }}
{%- endmacro %}
