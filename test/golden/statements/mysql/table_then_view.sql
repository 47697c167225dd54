-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`)

select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`table_then_view`;

-- over what is there

-- in the project's modes
CREATE OR REPLACE VIEW `shop`.`_millrace_mb_HASH` AS

select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

RENAME TABLE `shop`.`table_then_view` TO `shop`.`_millrace_mr_HASH`, `shop`.`_millrace_mb_HASH` TO `shop`.`table_then_view`;

DROP TABLE IF EXISTS `shop`.`_millrace_mr_HASH`;

