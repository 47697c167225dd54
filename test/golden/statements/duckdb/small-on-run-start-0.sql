-- from nothing

create table if not exists main.told (what varchar(40));

-- over what is there

create table if not exists main.told (what varchar(40));

