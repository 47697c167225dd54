-- from nothing

-- in the project's modes
SELECT CAST(NOW(6) AS CHAR);

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL,
  `_millrace_old` varchar(255) NULL,
  `_millrace_changed` tinyint NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`)
select * from `shop`.`a_view`;

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`id`), ADD INDEX `mr_HASH` (`_millrace_old`);

SELECT `id`, COUNT(*) FROM `shop`.`_millrace_ms_HASH` WHERE `id` IS NOT NULL GROUP BY `id` HAVING COUNT(*) > 1 LIMIT 1;

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL,
  `dbt_scd_id` varchar(255) NULL,
  `dbt_updated_at` datetime(6) NULL,
  `dbt_valid_from` datetime(6) NULL,
  `dbt_valid_to` datetime(6) NULL,
  `dbt_is_deleted` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`, `dbt_scd_id`, `dbt_updated_at`, `dbt_valid_from`, `dbt_valid_to`, `dbt_is_deleted`)
SELECT n.`id`, n.`name`, LEFT(SHA2(CONCAT(COALESCE(CAST(n.`id` AS CHAR), ''), '|', COALESCE(CAST(CAST('NOW' AS DATETIME(6)) AS CHAR), '')), 256), 32) AS `dbt_scd_id`, CAST('NOW' AS DATETIME(6)) AS `dbt_updated_at`, CAST('NOW' AS DATETIME(6)) AS `dbt_valid_from`, CAST(NULL AS DATETIME(6)) AS `dbt_valid_to`, 'False' AS `dbt_is_deleted` FROM `shop`.`_millrace_ms_HASH` AS n;

ALTER TABLE `shop`.`_millrace_mb_HASH` ADD INDEX `mr_HASH` (`id`), ADD INDEX `mr_HASH` (`dbt_scd_id`);

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`kept_by_check`;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

-- over what is there

-- in the project's modes
SELECT CAST(NOW(6) AS CHAR);

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL,
  `_millrace_old` varchar(255) NULL,
  `_millrace_changed` tinyint NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`)
select * from `shop`.`a_view`;

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`id`), ADD INDEX `mr_HASH` (`_millrace_old`);

SELECT `id`, COUNT(*) FROM `shop`.`_millrace_ms_HASH` WHERE `id` IS NOT NULL GROUP BY `id` HAVING COUNT(*) > 1 LIMIT 1;

-- in the project's modes
UPDATE `shop`.`_millrace_ms_HASH` AS n JOIN (SELECT * FROM `shop`.`kept_by_check` AS k WHERE k.`dbt_valid_to` IS NULL) AS o ON o.`id` = n.`id` SET n._millrace_old = o.`dbt_scd_id`, n._millrace_changed = CASE WHEN NOT (o.`id` <=> n.`id`) OR NOT (CAST(CONVERT(o.`name` USING utf8mb4) AS BINARY) <=> CAST(CONVERT(n.`name` USING utf8mb4) AS BINARY)) OR o.`dbt_is_deleted` = 'True' THEN 1 ELSE 0 END;

-- in the project's modes
BEGIN;

INSERT INTO `shop`.`kept_by_check` (`id`, `name`, `dbt_scd_id`, `dbt_updated_at`, `dbt_valid_from`, `dbt_valid_to`, `dbt_is_deleted`)
SELECT o.`id`, o.`name`, LEFT(SHA2(CONCAT(COALESCE(CAST(o.`dbt_scd_id` AS CHAR), ''), '|', COALESCE(CAST(CAST('NOW' AS DATETIME(6)) AS CHAR), '')), 256), 32), CAST('NOW' AS DATETIME(6)), CAST('NOW' AS DATETIME(6)), o.`dbt_valid_to`, 'True' FROM `shop`.`kept_by_check` AS o WHERE o.`dbt_valid_to` IS NULL AND COALESCE(o.`dbt_is_deleted`, 'False') <> 'True' AND NOT EXISTS (SELECT 1 FROM `shop`.`_millrace_ms_HASH` AS n WHERE o.`dbt_scd_id` = n._millrace_old COLLATE utf8mb4_bin);

UPDATE `shop`.`kept_by_check` AS o SET `dbt_valid_to` = CAST('NOW' AS DATETIME(6)) WHERE o.`dbt_valid_to` IS NULL AND COALESCE(o.`dbt_is_deleted`, 'False') <> 'True' AND NOT EXISTS (SELECT 1 FROM `shop`.`_millrace_ms_HASH` AS n WHERE o.`dbt_scd_id` = n._millrace_old COLLATE utf8mb4_bin);

UPDATE `shop`.`kept_by_check` AS o JOIN `shop`.`_millrace_ms_HASH` AS n ON o.`dbt_scd_id` = n._millrace_old COLLATE utf8mb4_bin SET o.`dbt_valid_to` = CAST('NOW' AS DATETIME(6)) WHERE n._millrace_changed = 1 AND o.`dbt_valid_to` IS NULL;

INSERT INTO `shop`.`kept_by_check` (`id`, `name`, `dbt_scd_id`, `dbt_updated_at`, `dbt_valid_from`, `dbt_valid_to`, `dbt_is_deleted`)
SELECT n.`id`, n.`name`, LEFT(SHA2(CONCAT(COALESCE(CAST(n.`id` AS CHAR), ''), '|', COALESCE(CAST(CAST('NOW' AS DATETIME(6)) AS CHAR), '')), 256), 32), CAST('NOW' AS DATETIME(6)), CAST('NOW' AS DATETIME(6)), CAST(NULL AS DATETIME(6)), 'False' FROM `shop`.`_millrace_ms_HASH` AS n WHERE n._millrace_old IS NULL OR n._millrace_changed = 1;

COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

