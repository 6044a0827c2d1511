-- DuckDB alters a table that has rows once in a transaction: the next two files go on with these.
-- A tag may abstain: its value is then the best guess.
alter table tag add column unsure boolean default false;
-- Derived, as `sentiment` is.
alter table comment add column intent varchar;
