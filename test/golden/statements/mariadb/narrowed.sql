-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`)


select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

ALTER TABLE `shop`.`_millrace_mb_HASH` ADD INDEX `mr_HASH` (`id`);

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`narrowed`;

-- over what is there

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`)


select cast(2 as signed) as id, 'TWO' as name union all select cast(3 as signed) as id, 'three' as name;

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`id`);

BEGIN;

-- in the project's modes
DELETE DBT_INTERNAL_DEST FROM `shop`.`narrowed` AS DBT_INTERNAL_DEST JOIN (SELECT DISTINCT `id` AS millrace_key_1 FROM `shop`.`_millrace_ms_HASH`) AS DBT_INTERNAL_SOURCE ON DBT_INTERNAL_DEST.`id` = DBT_INTERNAL_SOURCE.`millrace_key_1` WHERE (id > 1
);

-- in the project's modes
INSERT INTO `shop`.`narrowed` (`id`, `name`) SELECT `id`, `name` FROM `shop`.`_millrace_ms_HASH`;

-- in the project's modes
COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

