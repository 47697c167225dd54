-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`)


select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`appended`;

-- over what is there

-- in the project's modes
BEGIN;

-- in the project's modes
INSERT INTO `shop`.`appended` (`id`, `name`)


select cast(3 as signed) as id, 'three' as name;

-- in the project's modes
COMMIT;

