-- Of a topic, where the tagger tells it.
alter table tag add column sentiment varchar;
alter table comment add column urgency varchar;
