{{ idioms.union_relations([ref('members'), ref('stg_books')], exclude=['patron', 'bought_at'], source_column_name='came_from') }}
