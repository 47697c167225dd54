{{ idioms.deduplicate(ref('stg_books'), partition_by='book_id', order_by='price desc') }}
