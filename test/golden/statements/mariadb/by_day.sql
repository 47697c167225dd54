-- from nothing

CREATE TABLE IF NOT EXISTS `shop`.`_millrace_mp_HASH` (begins VARCHAR(40) NOT NULL, ends VARCHAR(40) NOT NULL);

BEGIN;

DELETE FROM `shop`.`_millrace_mp_HASH`;

INSERT INTO `shop`.`_millrace_mp_HASH` VALUES ('2024-01-01 00:00:00+00:00', '2024-01-02 00:00:00+00:00'), ('2024-01-02 00:00:00+00:00', '2024-01-03 00:00:00+00:00');

COMMIT;

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL,
  `made` datetime(6) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_mb_HASH` (`id`, `name`, `made`)

select cast(1 as signed) as id, 'one' as name, cast('2024-01-01 10:00:00' as datetime(6)) as made union all select cast(2 as signed) as id, 'two' as name, cast('2024-01-02 10:00:00' as datetime(6)) as made;

ALTER TABLE `shop`.`_millrace_mb_HASH` ADD INDEX `mr_HASH` (`made`);

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`by_day`;

DELETE FROM `shop`.`_millrace_mp_HASH` WHERE begins = '2024-01-01 00:00:00+00:00';

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL,
  `made` datetime(6) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`, `made`)

select cast(1 as signed) as id, 'one' as name, cast('2024-01-01 10:00:00' as datetime(6)) as made union all select cast(2 as signed) as id, 'two' as name, cast('2024-01-02 10:00:00' as datetime(6)) as made;

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`made`);

BEGIN;

DELETE FROM `shop`.`by_day` WHERE `made` >= '2024-01-02 00:00:00' AND `made` < '2024-01-03 00:00:00';

INSERT INTO `shop`.`by_day` (`id`, `name`, `made`) SELECT `id`, `name`, `made` FROM `shop`.`_millrace_ms_HASH` WHERE `made` >= '2024-01-02 00:00:00' AND `made` < '2024-01-03 00:00:00';

COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

DELETE FROM `shop`.`_millrace_mp_HASH` WHERE begins = '2024-01-02 00:00:00+00:00';

DROP TABLE IF EXISTS `shop`.`_millrace_mp_HASH`;

-- over what is there

CREATE TABLE IF NOT EXISTS `shop`.`_millrace_mp_HASH` (begins VARCHAR(40) NOT NULL, ends VARCHAR(40) NOT NULL);

BEGIN;

DELETE FROM `shop`.`_millrace_mp_HASH`;

INSERT INTO `shop`.`_millrace_mp_HASH` VALUES ('2024-01-01 00:00:00+00:00', '2024-01-02 00:00:00+00:00'), ('2024-01-02 00:00:00+00:00', '2024-01-03 00:00:00+00:00');

COMMIT;

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL,
  `made` datetime(6) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`, `made`)

select cast(1 as signed) as id, 'one' as name, cast('2024-01-01 10:00:00' as datetime(6)) as made union all select cast(2 as signed) as id, 'two' as name, cast('2024-01-02 10:00:00' as datetime(6)) as made;

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`made`);

BEGIN;

DELETE FROM `shop`.`by_day` WHERE `made` >= '2024-01-01 00:00:00' AND `made` < '2024-01-02 00:00:00';

INSERT INTO `shop`.`by_day` (`id`, `name`, `made`) SELECT `id`, `name`, `made` FROM `shop`.`_millrace_ms_HASH` WHERE `made` >= '2024-01-01 00:00:00' AND `made` < '2024-01-02 00:00:00';

COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

DELETE FROM `shop`.`_millrace_mp_HASH` WHERE begins = '2024-01-01 00:00:00+00:00';

CREATE TABLE `shop`.`_millrace_ms_HASH` (
  `id` int NULL,
  `name` varchar(255) NULL,
  `made` datetime(6) NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- in the project's modes
INSERT INTO `shop`.`_millrace_ms_HASH` (`id`, `name`, `made`)

select cast(1 as signed) as id, 'one' as name, cast('2024-01-01 10:00:00' as datetime(6)) as made union all select cast(2 as signed) as id, 'two' as name, cast('2024-01-02 10:00:00' as datetime(6)) as made;

ALTER TABLE `shop`.`_millrace_ms_HASH` ADD INDEX `mr_HASH` (`made`);

BEGIN;

DELETE FROM `shop`.`by_day` WHERE `made` >= '2024-01-02 00:00:00' AND `made` < '2024-01-03 00:00:00';

INSERT INTO `shop`.`by_day` (`id`, `name`, `made`) SELECT `id`, `name`, `made` FROM `shop`.`_millrace_ms_HASH` WHERE `made` >= '2024-01-02 00:00:00' AND `made` < '2024-01-03 00:00:00';

COMMIT;

DROP TABLE IF EXISTS `shop`.`_millrace_ms_HASH`;

DELETE FROM `shop`.`_millrace_mp_HASH` WHERE begins = '2024-01-02 00:00:00+00:00';

DROP TABLE IF EXISTS `shop`.`_millrace_mp_HASH`;

