-- from nothing

-- in the project's modes
CREATE OR REPLACE VIEW `shop`.`view_then_table` AS

select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

-- over what is there

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` bigint NULL,
  `name` varchar(255) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`)

select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

RENAME TABLE `shop`.`view_then_table` TO `shop`.`_millrace_mr_HASH`, `shop`.`_millrace_mb_HASH` TO `shop`.`view_then_table`;

DROP VIEW IF EXISTS `shop`.`_millrace_mr_HASH`;

