select year_of_loan, sum(loans) as loans
from {{ ref('yearbook', v=2) }}
group by year_of_loan
having sum(loans) >= (select max(loans) from {{ ref('town_library', 'yearbook', version=1) }})
