-- Derived: the names of the tags that abstain and that nobody corrected, as |intent|sentiment|.
alter table comment add column unsure varchar default '';
