-- What the channel counts, when it was last read. It moves without a new version, so it is no part of `hash`. Null where it tells none.
alter table comment add column counts
    struct(likes bigint, reposts bigint, replies bigint, score bigint, views bigint, followers bigint);
