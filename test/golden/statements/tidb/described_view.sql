-- from nothing

-- in the project's modes
CREATE OR REPLACE VIEW `shop`.`described_view` AS

select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

-- over what is there

-- in the project's modes
CREATE OR REPLACE VIEW `shop`.`described_view` AS

select cast(1 as signed) as id, 'one' as name union all select cast(2 as signed) as id, 'two' as name;

