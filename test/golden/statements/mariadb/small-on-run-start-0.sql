-- from nothing

-- in the project's modes
create table if not exists shop.told (what varchar(40));

-- over what is there

-- in the project's modes
create table if not exists shop.told (what varchar(40));

