-- Compiled, never run.
select town, count(*) from {{ ref('members_of_note') }} where was_late group by town
