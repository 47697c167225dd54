{{ idioms.unpivot(ref('stg_books'), cast_to=dbt.type_string(), exclude=['book_id'], remove=['bought_at', 'price'], field_name='fact') }}
