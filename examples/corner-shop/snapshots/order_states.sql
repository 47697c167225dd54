{% snapshot order_states %}
{{ config(unique_key='order_id', strategy='check', check_cols=['order_state'], tags=['audit']) }}
select order_id, order_state from {{ ref('stg_orders') }}
{% endsnapshot %}
