{% set made = made() %}
{% set found = adapter.get_relation(made.database, made.schema, made.identifier) %}
-- {{ found }} {{ found.type }} {{ found.is_table }} {{ load_relation(made).identifier }} {{ adapter.get_relation(database='asking', schema='main', identifier='NOT_there') is none }}
-- {{ names_of(made) | join(' ') }} {{ adapter.check_schema_exists(target.database, 'main') }} {{ (adapter.get_columns_in_relation(made) | map(attribute='name') | list)[:2] }}
-- {{ get_or_create_relation('asking', 'main', 'fresh', 'view')[0] }} {{ get_or_create_relation('asking', 'main', 'made', 'table')[0] }}
select * from {{ found or this }}
