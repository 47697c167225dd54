select * from {{ ref('hooked') }} where {{ tools.shape('x') }} is null
