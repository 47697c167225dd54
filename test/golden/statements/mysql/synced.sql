-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL,
  `added` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`, `added`)


select cast(2 as signed) as id, 'TWO' as name, 'more' as added union all select cast(3 as signed) as id, 'three' as name, 'more';

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`synced`;

-- over what is there

ALTER TABLE `shop`.`synced` DROP COLUMN `added`;

BEGIN;

-- in the project's modes
INSERT INTO `shop`.`synced` (`id`, `name`)


select cast(2 as signed) as id, 'TWO' as name union all select cast(3 as signed) as id, 'three' as name;

-- in the project's modes
COMMIT;

