-- from nothing

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `currency` varchar(255),
  `rate` decimal(18,2),
  `since` date,
  `used` tinyint(1)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO `shop`.`_millrace_mb_HASH` (`currency`, `rate`, `since`, `used`) VALUES
('eur', 1.25, '2024-01-01', 1),
('usd', 1.00, '2024-02-01', 0);

RENAME TABLE `shop`.`_millrace_mb_HASH` TO `shop`.`rates`;

-- over what is there

CREATE TABLE `shop`.`_millrace_mb_HASH` (
  `currency` varchar(255),
  `rate` decimal(18,2),
  `since` date,
  `used` tinyint(1)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO `shop`.`_millrace_mb_HASH` (`currency`, `rate`, `since`, `used`) VALUES
('eur', 1.25, '2024-01-01', 1),
('usd', 1.00, '2024-02-01', 0);

RENAME TABLE `shop`.`rates` TO `shop`.`_millrace_mr_HASH`, `shop`.`_millrace_mb_HASH` TO `shop`.`rates`;

DROP TABLE IF EXISTS `shop`.`_millrace_mr_HASH`;

