-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL,
  INDEX `mr_HASH` (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`)


select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`merged`;

-- over what is there

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL,
  INDEX `mr_HASH` (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`)


select cast(2 as signed) as id, 'TWO' as name union all select cast(3 as signed) as id, 'three' as name;

-- in the project's modes
SELECT `id`, COUNT(*) FROM `shop`.`_millrace_ms_HASH` WHERE `id` IS NOT NULL GROUP BY `id` HAVING COUNT(*) > 1 LIMIT 1;

-- in the project's modes
BEGIN;

UPDATE `shop`.`merged` AS DBT_INTERNAL_DEST JOIN `shop`.`_millrace_ms_HASH` AS DBT_INTERNAL_SOURCE ON DBT_INTERNAL_DEST.`id` = DBT_INTERNAL_SOURCE.`id` SET DBT_INTERNAL_DEST.`name` = DBT_INTERNAL_SOURCE.`name`;

INSERT INTO `shop`.`merged` (`id`, `name`) SELECT DBT_INTERNAL_SOURCE.`id`, DBT_INTERNAL_SOURCE.`name` FROM `shop`.`_millrace_ms_HASH` AS DBT_INTERNAL_SOURCE
WHERE NOT EXISTS (SELECT 1 FROM `shop`.`merged` AS DBT_INTERNAL_DEST WHERE DBT_INTERNAL_DEST.`id` = DBT_INTERNAL_SOURCE.`id`);

COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

