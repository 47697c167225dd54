CREATE TABLE `target`.`order``s` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL DEFAULT 'it''s \\ here' COMMENT 'c''x "q"',
  `code` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  `amount` decimal(10,2) NOT NULL DEFAULT '1.50',
  `made` timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
  `flags` bit(4) NULL DEFAULT b'101',
  `token` char(36) CHARACTER SET ascii COLLATE ascii_bin NULL DEFAULT (uuid()),
  `state` enum('new','y,z','it''s') CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NOT NULL DEFAULT 'y,z',
  `note` text CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL,
  `extra` json NULL,
  `secret` varbinary(9) NULL,
  `total` decimal(12,2) GENERATED ALWAYS AS (`amount` * 2) STORED NULL,
  PRIMARY KEY (`id`)
) AUTO_INCREMENT=18446744073709551000 COLLATE=utf8mb4_0900_ai_ci COMMENT='all ord''ers';
ALTER TABLE `target`.`order``s` ADD INDEX `by name` (`name`(10), `made`), ADD UNIQUE INDEX `by_code` (`code`), ADD INDEX `lowered` ((lower(`name`)));
-- code is utf8mb4_bin: the target has no utf8mb4_0900_as_cs, so it may sort and compare otherwise
-- the default of note is left out: TiDB takes no default like _utf8mb4'none'
-- the default of secret is left out: the source does not state it exactly
-- index by name is ascending: TiDB has no descending ones
-- index words is left out: TiDB has no fulltext indexes like it
-- CHECK positive is left out: this server accepts CHECKs and does not enforce them
