CREATE TABLE `target`.`order``s` (
  `id` bigint unsigned NOT NULL,
  `name` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL COMMENT 'c''x "q"',
  `code` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_cs NULL,
  `amount` decimal(10,2) NOT NULL,
  `made` timestamp(3) NOT NULL,
  `flags` bit(4) NULL,
  `token` char(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  `state` enum('new','y,z','it''s') CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NOT NULL,
  `note` text CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NULL,
  `extra` json NULL,
  `secret` varbinary(9) NULL,
  `total` decimal(12,2) GENERATED ALWAYS AS (`amount` * 2) STORED NULL,
  PRIMARY KEY (`id`)
) COLLATE=utf8mb4_0900_ai_ci COMMENT='all ord''ers';
