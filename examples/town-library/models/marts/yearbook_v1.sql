select extract(year from lent_at) as year_of_loan, count(*) as loans
from {{ ref('stg_loans') }}
group by 1
