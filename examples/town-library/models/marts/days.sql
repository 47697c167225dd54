select cast(date_day as date) as day
from ({{ dbt.date_spine('day', "cast('2024-01-01' as date)", "cast('2024-02-01' as date)") }}) as spine
