{{ config(severity='warn', tags=['counter'], limit=1) }}
select member_id from {{ ref('members_of_note') }} where was_late
