{%- set found = idioms.relations_like(target.schema ~ '__raw', 'b') %}
select cast('{{ found | map(attribute="identifier") | join(", ") }}' as varchar(100)) as names
-- depends_on: {{ ref('books') }}
