select extract(year from lent_at) as year_of_loan, extract(quarter from lent_at) as quarter_of_loan, count(*) as loans
from {{ ref('stg_loans') }}
group by 1, 2
