{{ config(alias='nick', materialized='table', schema='Other', meta={'kept': 1}, custom=['a', {'b': 2}]) }}
-- {{ this }} {{ this.schema }} {{ this.identifier }} {{ this.name }} {{ this.type }} {{ this.include(database=false) }} {{ this.quote(schema=false) }} {{ this.without_identifier() }}
-- {{ config.get('materialized') }} {{ config.get('nope', 'fallback') }} {{ config.get('unique_key', 'fallback') }} {{ config.require('alias') }} {{ config.get('custom') }} {{ config.persist_relation_docs() }}
-- {{ model.name }} {{ model.alias }} {{ model.config.materialized }} {{ model.unique_id }} {{ model['fqn'] }} {{ model.tags }} {{ model.resource_type }} {{ model.original_file_path }} {{ model.path }}
select * from {{ ref('plain') }}, {{ ref('every_function', 'colours') }}, {{ ref('long_name') }}
