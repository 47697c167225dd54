-- from nothing

CREATE DATABASE IF NOT EXISTS `shop` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE DATABASE IF NOT EXISTS `shop_dbt_test__audit` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

