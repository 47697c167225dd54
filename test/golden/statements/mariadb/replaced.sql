-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`)


select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

ALTER TABLE `shop`.`_millrace_mb_HASH` ADD INDEX `mr_HASH` (`id`, `name`);

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`replaced`;

-- over what is there

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`)


select cast(2 as signed) as id, 'TWO' as name union all select cast(3 as signed) as id, 'three' as name;

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`id`, `name`);

BEGIN;

DELETE DBT_INTERNAL_DEST FROM `shop`.`replaced` AS DBT_INTERNAL_DEST JOIN `shop`.`_millrace_ms_HASH` AS DBT_INTERNAL_SOURCE ON DBT_INTERNAL_DEST.`id` = DBT_INTERNAL_SOURCE.`id` AND DBT_INTERNAL_DEST.`name` = DBT_INTERNAL_SOURCE.`name`;

INSERT INTO `shop`.`replaced` (`id`, `name`) SELECT `id`, `name` FROM `shop`.`_millrace_ms_HASH`;

COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

