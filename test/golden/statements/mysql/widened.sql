-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`)


select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

ALTER TABLE `shop`.`_millrace_mb_HASH` ADD INDEX `mr_HASH` (`id`);

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`widened`;

-- over what is there

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL,
  `added` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`, `added`)


select cast(2 as signed) as id, 'TWO' as name, 'more' as added union all select cast(3 as signed) as id, 'three' as name, 'more';

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`id`);

ALTER TABLE `shop`.`widened` ADD COLUMN `added` varchar(255) NULL;

BEGIN;

DELETE DBT_INTERNAL_DEST FROM `shop`.`widened` AS DBT_INTERNAL_DEST JOIN `shop`.`_millrace_ms_HASH` AS DBT_INTERNAL_SOURCE ON DBT_INTERNAL_DEST.`id` = DBT_INTERNAL_SOURCE.`id`;

INSERT INTO `shop`.`widened` (`id`, `name`, `added`) SELECT `id`, `name`, `added` FROM `shop`.`_millrace_ms_HASH`;

COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

