-- The team's topics as they stand, and every change of them. `body` is JSON, as in a taxonomy file; `place` orders.
create table topic (
    id varchar primary key,
    place integer not null,
    body varchar not null,
    archived boolean not null
);

-- `before` and `after` are JSON: the topics that changed, by id, null where there was or is none.
create table taxonomy_change (
    version integer primary key,
    made_at timestamp not null,
    who varchar not null,
    action varchar not null,
    subject varchar not null,
    before varchar not null,
    after varchar not null,
    comments bigint not null,
    undoes integer,
    undone_by integer
);

-- What a change took from `tag` and `correction`, and (`came`) what it put there: how it is undone.
create table tag_change (
    version integer not null,
    came boolean not null,
    comment_id bigint not null,
    value varchar not null,
    score real not null,
    tagger integer not null,
    evidence varchar,
    made_at timestamp not null,
    unsure boolean,
    sentiment varchar
);
create table correction_change (
    version integer not null,
    came boolean not null,
    comment_id bigint not null,
    value varchar not null,
    holds boolean not null,
    who varchar not null,
    made_at timestamp not null
);
